/* SPDX-License-Identifier: BSD-2-Clause
 * Between the parts of the evaluate command: options, the images and what is known of
 * them, the maps of an image. */
#ifndef ECAM_TOOLS_EVALUATE_H
#define ECAM_TOOLS_EVALUATE_H

#include "bench/eval/localization.h"
#include "bench/eval/place.h"
#include "bench/eval/table.h"
#include "bench/eval/truth.h"
#include "eigencam/eigencam.h"
#include "tools/results.h"
#include "tools/runner.h"

/* ---- Options ---- */

enum evaluate_method {
    METHOD_EIGENCAM,
    METHOD_EIGENCAM_CENTERED,
    METHOD_MEAN,
    METHOD_NOISE,
    METHOD_COUNT
};
extern const char *const evaluate_method_names[METHOD_COUNT + 1];

struct evaluate_options {
    struct run_options run;
    const char *layers; /* NULL: last */
    bool methods[METHOD_COUNT];
    int prep;            /* enum prep */
    int scale;           /* enum ecam_scale + 1; 0: by method */
    int sign;            /* enum ecam_sign */
    size_t connectivity; /* 8 or 4 */
    size_t threshold;    /* percent */
    size_t tolerance;    /* pixels, of the pointing game */
    double centre;       /* share of the sides */
    bool known_only, is_resumed;
    size_t shard, n_shards; /* shard from 1; 0: all */
    size_t gallery;
    const char *gallery_file;
    int format; /* enum eval_format */
    const char *output;
    const char *ilsvrc, *voc, *graz, *set; /* folders in the datasets' own layout */
    const char *images, *boxes, *sizes, *predictions, *perturbations;
    bool is_label_index;
    bool with_published; /* the published table beside ours */
    size_t limit;        /* images a class, of Graz-02; 0: all */
};

/* ---- Images and what is known of them ---- */

struct evaluate_images {
    struct eval_truth truth; /* sorted; what is evaluated */
    struct evaluate_file {
        char *stem, *path;
        char **mask; /* [n_masks] paths, of Graz-02 */
        size_t n_masks;
    } * file; /* [n_files] pictures, sorted by stem */
    size_t n_files;
    bool has_objects; /* boxes are known */
};

/* Reads folders, boxes and lists as the options name them. */
enum ecam_status evaluate_images_read(const struct evaluate_options *options,
                                      struct evaluate_images *out, struct ecam_error *err);
/* Boxes alone, for predictions that are there already; sizes too. */
enum ecam_status evaluate_truth_read(const char *boxes, const char *sizes, struct eval_truth *out,
                                     struct ecam_error *err);
/* Folders of Graz-02: images are called "bikes/bike_001". */
enum ecam_status evaluate_graz_read(const struct evaluate_options *options,
                                    struct evaluate_images *out, struct ecam_error *err);
/* The picture of an image, or NULL. */
const struct evaluate_file *evaluate_images_file(const struct evaluate_images *images,
                                                 const char *image);
/* Its path, or NULL. */
const char *evaluate_images_path(const struct evaluate_images *images, const char *image);
void evaluate_images_free(struct evaluate_images *images);

/* ---- Maps ---- */

/* One line of a table: a method at a layer. */
struct evaluate_row {
    enum evaluate_method method;
    const char *layer; /* NULL: the method reads none */
    char name[128];
};

struct evaluator {
    const char *what; /* "localization", ... */
    const struct evaluate_options *options;
    struct runner runner;
    bool has_classes; /* the network's are those of ILSVRC */
    struct ecam_names *layers;
    const char **taps;
    struct evaluate_row *row; /* [n_rows] */
    size_t n_rows;
    struct eval_room room;
};

/* A map at the layer's size. */
struct evaluate_map {
    float *cells; /* [h][w], 0 to 1; evaluate_map_free() */
    size_t h, w;
    bool has_share;
    double share, gap;
    bool is_flat;
};

/* Loads the model, chooses layers and rows. An exit status: told on stderr. */
int evaluator_open(const char *what, const struct evaluate_options *options, struct evaluator *out);
void evaluator_close(struct evaluator *evaluator);

/* A method's map of the session's last run, scaled. `image` seeds the noise. */
enum ecam_status evaluate_map(const struct evaluator *evaluator, const struct evaluate_row *row,
                              const struct ecam_session *session, const char *image,
                              struct evaluate_map *out, struct ecam_error *err);
void evaluate_map_free(struct evaluate_map *map);

/* Puts the map on the photo, in evaluator->room. */
enum ecam_status evaluate_place(struct evaluator *evaluator, const struct evaluate_map *map,
                                const struct ecam_geometry *geometry, struct ecam_error *err);

/* All three: the method's map, on the photo, and its boxes at all levels. map is to be freed
 * whatever the result is. */
enum ecam_status evaluate_sweep(struct evaluator *evaluator, const struct evaluate_row *row,
                                const struct ecam_session *session, const char *image,
                                const struct ecam_geometry *geometry, struct evaluate_map *map,
                                struct eval_sweep *sweep, struct ecam_error *err);

/* ---- Running ---- */

/* Everything that decides about the results, as one line: what they begin with.
 * fingerprint: of the images and what is known of them. */
enum ecam_status evaluate_header(const struct evaluator *evaluator, const char *fingerprint,
                                 size_t n_images, struct json *out, struct ecam_error *err);

/* SHA-256 over names, sizes and boxes. */
void evaluate_fingerprint(const struct eval_truth *truth, char hex[65]);

/* Adds the members of an image's line behind "image". */
typedef enum ecam_status evaluate_image_fn(struct evaluator *evaluator,
                                           const struct evaluate_images *images,
                                           const struct eval_truth_image *image, const char *path,
                                           struct json *json, struct ecam_error *err);

/* evaluate_images_read() or evaluate_graz_read(). */
typedef enum ecam_status evaluate_read_fn(const struct evaluate_options *options,
                                          struct evaluate_images *out, struct ecam_error *err);

/* Evaluates what is not done yet of this shard, a line an image; then prints the scores of
 * the results, and where asked for makes the gallery. An image that fails has a line with
 * its error. An exit status. */
int evaluate_all(const char *what, const struct evaluate_options *options, evaluate_read_fn *read,
                 evaluate_image_fn *one);

/* ---- Each benchmark ---- */

int evaluate_localization(const struct evaluate_options *options);
int evaluate_predictions(const struct evaluate_options *options);
int evaluate_segmentation(const struct evaluate_options *options);
int evaluate_proposal(const struct evaluate_options *options);
int evaluate_perturbation(const struct evaluate_options *options);
int evaluate_merge(const struct evaluate_options *options, char *const *words, size_t n_words);
int evaluate_table(const struct evaluate_options *options, char *const *words, size_t n_words);

/* Scores of files of results of one kind, with the tables printed. */
enum ecam_status evaluate_localization_scores(struct results *const *results, size_t n,
                                              const struct evaluate_options *options,
                                              struct ecam_error *err);
enum ecam_status evaluate_segmentation_scores(struct results *const *results, size_t n,
                                              const struct evaluate_options *options,
                                              struct ecam_error *err);
enum ecam_status evaluate_proposal_scores(struct results *const *results, size_t n,
                                          const struct evaluate_options *options,
                                          struct ecam_error *err);
enum ecam_status evaluate_perturbation_scores(struct results *const *results, size_t n,
                                              const struct evaluate_options *options,
                                              struct ecam_error *err);

/* Contact sheet of the best, the median and the worst images of the first row. */
enum ecam_status evaluate_gallery(struct evaluator *evaluator, const struct evaluate_images *images,
                                  struct results *results, struct ecam_error *err);

/* ---- Reading lines ---- */

/* Members of a line, with its place in the message where they are not as expected. */
const cJSON *evaluate_member(const cJSON *object, const char *key);
bool evaluate_numbers(const cJSON *list, double *out, size_t n);
enum ecam_status evaluate_bad_line(const struct results *results, size_t i, const char *what,
                                   struct ecam_error *err);

/* The family of the model that made the results, or its file. */
#define EVALUATE_MODEL_NAME 64
void evaluate_model_name(const struct results *results, char text[EVALUATE_MODEL_NAME]);

/* Prints one table in the format asked for; false: told on stderr. */
enum ecam_status evaluate_print(struct eval_table *table, int format, struct ecam_error *err);

#endif /* ECAM_TOOLS_EVALUATE_H */
