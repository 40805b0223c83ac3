/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ecam.h - run convolutional networks on the CPU and look inside them.
 *
 *     struct ecam_model *model = NULL;
 *     struct ecam_session *s = NULL;
 *     struct ecam_error err;
 *     const char *taps[] = { "layer4.2" };
 *     struct ecam_session_options opt = { .taps = taps, .n_taps = 1 };
 *     struct ecam_tensor logits, tap;
 *
 *     if (ecam_model_load("resnet50.pth", NULL, &model, &err) != ECAM_OK ||
 *         ecam_session_new(model, &opt, &s, &err) != ECAM_OK ||
 *         ecam_session_run(s, pixels, &err) != ECAM_OK ||
 *         ecam_session_output(s, &logits, &err) != ECAM_OK ||
 *         ecam_session_tap(s, "layer4.2", &tap, &err) != ECAM_OK)
 *         fprintf(stderr, "%s\n", err.text);
 *     else
 *         ... logits.data, tap.data ...
 *     ecam_session_free(s);
 *     ecam_model_free(model);
 *
 * Ownership   What a function hands out through a `struct x **` the caller
 *             frees with ecam_x_free(), which takes NULL. What it hands out as
 *             `const ...` stays the library's. Inputs are borrowed for the call
 *             unless the function says otherwise.
 * Errors      Every function that can fail returns an ecam_status, and writes
 *             its out-parameters only on ECAM_OK. It never exits and never
 *             prints. `err` may be NULL everywhere.
 * Threads     A model does not change once loaded: any number of sessions, on
 *             any number of threads, may share it. A session belongs to one
 *             thread at a time.
 * Layout      Tensors are float32, NCHW, dense, row-major.
 * Numbers     The bits of a result depend on the program, the ISA level, the
 *             goal, the input shape and the set of taps; never on the number of
 *             threads or on what ran before.
 */
#ifndef ECAM_H
#define ECAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#else
#include <stdbool.h>
#endif

#define ECAM_VERSION_MAJOR 0
#define ECAM_VERSION_MINOR 1
#define ECAM_VERSION_PATCH 0

#if defined(__GNUC__)
#define ECAM_API __attribute__((visibility("default")))
#else
#define ECAM_API
#endif

/* The version of the library that is running, "0.1.0"; the macros above are of
 * the one that was compiled against. */
ECAM_API const char *ecam_version(void);

/* ---- Errors ---- */

/* Numbers are never reused or renumbered; new ones go last. */
enum ecam_status {
    ECAM_OK = 0,
    ECAM_ERR_ARG = 1,         /* the caller broke this header's contract */
    ECAM_ERR_NOMEM = 2,       /* an allocation failed; nothing was leaked */
    ECAM_ERR_IO = 3,          /* the system could not read or write a file */
    ECAM_ERR_FORMAT = 4,      /* a file is damaged, or is not what it claims to be */
    ECAM_ERR_UNSUPPORTED = 5, /* a valid file uses something not implemented */
    ECAM_ERR_SHAPE = 6,       /* tensors do not fit each other or the network */
    ECAM_ERR_LIMIT = 7,       /* larger than ecam_limits allows */
    ECAM_ERR_ISA = 8,         /* the ISA level asked for cannot run here */
    ECAM_ERR_NAME = 9         /* no layer has this name; the text lists the nearest */
};

/* Where a call failed and why, for a person. Filled only on failure; owned by
 * the caller, so it needs no freeing and no thread-local. */
struct ecam_error {
    enum ecam_status status;
    char text[512]; /* "weights.pth: data.pkl byte 812: opcode 0x63 is not allowed" */
};

ECAM_API const char *ecam_status_name(enum ecam_status status); /* "ECAM_ERR_FORMAT" */

/* ---- Models ---- */

struct ecam_model; /* opaque: network, weights, packed weights */

/* What a file may ask for. Zero in a field: the default. */
struct ecam_limits {
    uint64_t max_file_bytes;     /* default 16 GiB */
    uint64_t max_inflated_bytes; /* of all deflated members together; default 2 GiB */
    uint64_t max_header_bytes;   /* safetensors header, pickle, prototxt; default 32 MiB */
    uint64_t max_macs;           /* multiply-adds of one run; default 10^13 */
    uint64_t max_arena_bytes;    /* activations of a session; default 8 GiB */
    uint32_t max_tensors;        /* default 65536 */
    uint32_t max_nesting;        /* JSON, pickle, protobuf; default 64 */
};

/* Loads a network: a model file written by ecam_model_save(), a .caffemodel, or
 * weights of a known family (.pth in its three containers, .safetensors, .npz). The
 * format is told from the bytes, the family from tensor names and shapes, never from
 * the file name. The file is memory-mapped: it must not change while the model lives.
 * limits may be NULL; they stay with the model and bound its sessions too. */
ECAM_API enum ecam_status ecam_model_load(const char *path, const struct ecam_limits *limits,
                                          struct ecam_model **out, struct ecam_error *err);

/* {0} is the default of every field, so new fields go at the end. */
struct ecam_load_options {
    const struct ecam_limits *limits; /* or NULL */
    const char *graph; /* path of the network's graph (Caffe's .prototxt), which then counts
                          instead of what the file of weights says; or NULL */
};

/* The same with options, which may be NULL. */
ECAM_API enum ecam_status ecam_model_load_with(const char *path,
                                               const struct ecam_load_options *options,
                                               struct ecam_model **out, struct ecam_error *err);

/* The same from memory, which must stay valid and unchanged until the model is
 * freed. `name` stands for the file in messages. */
ECAM_API enum ecam_status ecam_model_load_mem(const void *bytes, size_t size, const char *name,
                                              const struct ecam_limits *limits,
                                              struct ecam_model **out, struct ecam_error *err);
ECAM_API void ecam_model_free(struct ecam_model *model);

/* ---- What a prediction needs beside the weights ---- */

enum ecam_resize {
    ECAM_RESIZE_NONE = 0, /* the photo enters at its own size */
    ECAM_RESIZE_SHORT,    /* short side to resize_h, aspect kept */
    ECAM_RESIZE_SQUASH    /* to resize_h x resize_w, aspect lost */
};

enum ecam_filter {
    ECAM_FILTER_BILINEAR = 0, /* antialiased when shrinking, as Pillow does */
    ECAM_FILTER_BICUBIC       /* a = -0.5, antialiased */
};

/* From photo to network input: resize, central crop, then for each channel
 * x = (v * scale - mean) / std with v in 0..255, channels RGB or BGR; mean and
 * std are in the order in which the channels enter the network. */
struct ecam_preprocess {
    enum ecam_resize resize;
    enum ecam_filter filter;
    uint32_t resize_h, resize_w; /* resize_w only with SQUASH */
    uint32_t crop_h, crop_w;     /* 0: no crop */
    uint32_t is_bgr;             /* 1: the network wants blue first */
    float scale;
    float mean[3], std[3];
};

ECAM_API const struct ecam_preprocess *ecam_model_preprocess(const struct ecam_model *model);

/* Named preprocessings: "torchvision", "caffe-vgg", "caffe-bvlc", "caffe-densenet",
 * "resnet-msra", "tf", "raw" (docs/model-file.md). ECAM_ERR_NAME for any other name. */
ECAM_API enum ecam_status ecam_preprocess_preset(const char *name, struct ecam_preprocess *out);
/* The name of preset i, NULL past the last. purpose (may be NULL): whose networks
 * want it, in a few words. */
ECAM_API const char *ecam_preprocess_preset_name(size_t i, const char **purpose);
/* Makes the crop h x w, what a network takes, and what is resized to in proportion:
 * 256 for a crop of 224 to 256. Without a crop nothing changes. */
ECAM_API void ecam_preprocess_fit(struct ecam_preprocess *pre, size_t h, size_t w);
/* The preset that `pre` is, at any size of crop, or NULL. */
ECAM_API const char *ecam_preprocess_preset_of(const struct ecam_preprocess *pre);

/* The name of a class, or NULL where the model has none for it. */
ECAM_API const char *ecam_model_label(const struct ecam_model *model, size_t index);
ECAM_API size_t ecam_model_n_labels(const struct ecam_model *model);

/* Facts about the model by key, NULL where unknown: "format" ("PyTorch zip",
 * "Eigencam model file", ...), "family" ("ResNet-50", ...), "source" (file name
 * of the weights), "source_sha256", "data_sha256", "converter", "license", "last"
 * (the default tap), "path". */
ECAM_API const char *ecam_model_fact(const struct ecam_model *model, const char *key);

/* Channels of the input (3 for photos) and the size the preprocessing leads to. */
ECAM_API void ecam_model_input(const struct ecam_model *model, size_t *c, size_t *h, size_t *w);

/* How many classes the network tells apart: the length of its result, which is a
 * row. 0 where it is something else. */
ECAM_API size_t ecam_model_n_classes(const struct ecam_model *model);

/* Read every weight, comparing all hashes and CRCs that the file records. */
ECAM_API enum ecam_status ecam_model_verify(const struct ecam_model *model, struct ecam_error *err);

/* What to change in the model file that is written; {0} changes nothing. */
struct ecam_save_options {
    bool half;                 /* tensors of rank >= 2 as float16 */
    const char *const *labels; /* n_labels class names, or NULL */
    size_t n_labels;
    const struct ecam_preprocess *preprocess; /* or NULL */
    const char *license;                      /* or NULL */
};

/* Writes the model file (docs/model-file.md): a .safetensors with graph,
 * preprocessing, labels and provenance in its metadata. It is written beside
 * `path` and renamed. A model that was loaded from such a file is written back
 * byte for byte where the options change nothing. `path` "-" is not special. */
ECAM_API enum ecam_status ecam_model_save(const struct ecam_model *model, const char *path,
                                          const struct ecam_save_options *options,
                                          struct ecam_error *err);

/* ---- Layers ---- */

#define ECAM_MAX_RANK 6

struct ecam_shape {
    uint32_t rank; /* 1 to ECAM_MAX_RANK; NCHW where it is 4 */
    size_t dim[ECAM_MAX_RANK];
};

/* One row of the table of layers. Receptive field and jump in input pixels, 0 for
 * layers that see the whole input (global pooling, dense) and their successors. */
struct ecam_layer_info {
    const char *name, *kind;
    struct ecam_shape in, out;                          /* `in` of the first input */
    uint32_t kernel[2], stride[2], dilation[2], groups; /* 0 where it means nothing */
    uint32_t pad[4];                                    /* top, left, bottom, right */
    uint64_t parameters, macs;
    uint64_t out_bytes;
    uint32_t field[2], jump[2];
    bool is_last; /* the default tap */
};

struct ecam_layers; /* opaque: the table of one model at one input size */

/* h = w = 0: the model's own size. */
ECAM_API enum ecam_status ecam_layers_new(const struct ecam_model *model, size_t h, size_t w,
                                          struct ecam_layers **out, struct ecam_error *err);
ECAM_API void ecam_layers_free(struct ecam_layers *layers);
ECAM_API size_t ecam_layers_count(const struct ecam_layers *layers);
ECAM_API const struct ecam_layer_info *ecam_layers_get(const struct ecam_layers *layers, size_t i);

/* Names of layers. */
struct ecam_names; /* opaque: an ordered list without repetition */

/* The layers that a comma-separated list of names and globs means ("last",
 * "all", "layer4.*,conv1"), in network order. A '*' matches dots too. A name
 * that fits nothing is ECAM_ERR_NAME with the nearest names in the text. Names
 * of containers and last runs ("layer4", "layer1.0.relu") are found by their
 * exact name, and by globs only where no layer's own name fits. "all" is every
 * layer whose output has rows and columns. */
ECAM_API enum ecam_status ecam_names_find(const struct ecam_model *model, const char *list,
                                          struct ecam_names **out, struct ecam_error *err);
/* Every name that can be tapped: each layer's own, in network order from "input" on,
 * then those of containers and last runs. */
ECAM_API enum ecam_status ecam_names_all(const struct ecam_model *model, struct ecam_names **out,
                                         struct ecam_error *err);
ECAM_API void ecam_names_free(struct ecam_names *names);
ECAM_API size_t ecam_names_count(const struct ecam_names *names);
ECAM_API const char *ecam_names_get(const struct ecam_names *names, size_t i);

/* The place of the layer that a name means: its own name is that of ecam_names_all()
 * there. */
ECAM_API enum ecam_status ecam_names_place(const struct ecam_model *model, const char *name,
                                           size_t *out, struct ecam_error *err);

/* ---- Running ---- */

enum ecam_isa {
    ECAM_ISA_AUTO = 0, /* ECAM_ISA from the environment, else the best supported */
    ECAM_ISA_SCALAR,
    ECAM_ISA_NEON,   /* AArch64 Advanced SIMD */
    ECAM_ISA_AVX2,   /* AVX2 + FMA + F16C */
    ECAM_ISA_AVX512, /* F + BW + DQ + VL */
    ECAM_ISA_COUNT
};

/* "scalar", "neon", "avx2", "avx512"; "auto" for ECAM_ISA_AUTO. */
ECAM_API const char *ecam_isa_name(enum ecam_isa isa);
ECAM_API enum ecam_status ecam_isa_parse(const char *name, enum ecam_isa *out,
                                         struct ecam_error *err);

/* The level a session would run at: AUTO resolved through the environment and
 * the CPU. A level asked for by name that cannot run is ECAM_ERR_ISA. */
ECAM_API enum ecam_status ecam_isa_resolve(enum ecam_isa want, enum ecam_isa *out,
                                           struct ecam_error *err);

enum ecam_goal {
    ECAM_GOAL_ONCE = 0, /* least memory and start-up for a few runs */
    ECAM_GOAL_MANY      /* fastest steady state */
};

/* {0} is the default of every field, so new fields go at the end. */
struct ecam_session_options {
    enum ecam_isa isa;
    enum ecam_goal goal;
    unsigned threads;        /* 0: one per core */
    bool stop_after_taps;    /* run no layer that no tap needs; then there is no output */
    size_t n, h, w;          /* input; 0: batch of 1, the model's own size */
    const char *const *taps; /* n_taps names, borrowed for the call */
    size_t n_taps;
    bool no_winograd; /* goal MANY: only convolutions that multiply every term */
    bool profile;     /* time each step of a run, for ecam_session_step() */
};

/* A view of floats that someone else owns, row-major. Rank 4: NCHW. Fewer axes are n, then c,
 * then h; the sizes behind them are 1. */
struct ecam_tensor {
    const float *data;
    size_t n, c, h, w;
    uint32_t rank;
};

struct ecam_session; /* opaque: activations, scratch, chosen kernels, threads */

/* The model must outlive the session. All memory a run needs is taken here. */
ECAM_API enum ecam_status ecam_session_new(const struct ecam_model *model,
                                           const struct ecam_session_options *options,
                                           struct ecam_session **out, struct ecam_error *err);
ECAM_API void ecam_session_free(struct ecam_session *session);

/* Runs the network on n x c x h x w floats, as ecam_session_input() tells.
 * Allocates nothing. */
ECAM_API enum ecam_status ecam_session_run(struct ecam_session *session, const float *input,
                                           struct ecam_error *err);

/* The shape the input must have; `data` is NULL. */
ECAM_API void ecam_session_input(const struct ecam_session *session, struct ecam_tensor *out);

/* The network's result (logits, for a classifier) in the last run. Valid until
 * the next run or free. */
ECAM_API enum ecam_status ecam_session_output(const struct ecam_session *session,
                                              struct ecam_tensor *out, struct ecam_error *err);

/* The value of a tapped layer in the last run, exactly what the module of that
 * name returns in the source framework. Valid until the next run or free. */
ECAM_API enum ecam_status ecam_session_tap(const struct ecam_session *session, const char *name,
                                           struct ecam_tensor *out, struct ecam_error *err);

/* What a session chose and takes. */
struct ecam_session_info {
    enum ecam_isa isa;
    enum ecam_goal goal;
    unsigned threads;
    size_t arena_bytes;
    size_t packed_bytes;  /* packed weights; they are the model's, shared */
    size_t scratch_bytes; /* of all threads together */
    uint64_t macs;
};
ECAM_API void ecam_session_info(const struct ecam_session *session, struct ecam_session_info *out);

/* One step of a run: a layer, with the layers that were fused into it. */
struct ecam_step_info {
    const char *name;      /* of the layer */
    const char *last;      /* of the last one fused into it, whose value it writes, or NULL */
    const char *kind;      /* "conv2d", ...; "reorder" makes a value plain or blocked */
    const char *algorithm; /* "" where there is no choice */
    struct ecam_shape in, out;
    uint64_t macs;
    uint64_t bytes;      /* read and written at least: inputs, weights, output */
    double last_seconds; /* of the last run; 0 without options.profile */
};
ECAM_API size_t ecam_session_n_steps(const struct ecam_session *session);
/* Step i < n_steps, in the order in which they run. */
ECAM_API void ecam_session_step(const struct ecam_session *session, size_t i,
                                struct ecam_step_info *out);

/* The table primitive x ISA level: the name of the function that runs, or NULL
 * past the end. level is one that this build has. For `eigencam info --kernels`. */
ECAM_API const char *ecam_kernel_primitive(size_t i);
ECAM_API const char *ecam_kernel_name(size_t i, enum ecam_isa level);

#ifdef __cplusplus
}
#endif

#endif /* ECAM_H */
