/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eigencam.h - what a network looked at: from an activation to a map on the photo.
 * The second public header, built on ecam.h alone.
 *
 *     photo (RGB) --ecam_photo_prepare--> input floats + geometry
 *     activation  --ecam_cam_new--------> components: raw maps at the layer's size
 *     raw map     --ecam_map_scale------> 0..1
 *                 --ecam_map_to_photo---> at the photo's size, with what was seen
 *                 --ecam_map_box--------> bounding box
 *                 --ecam_draw_*---------> pictures
 *
 * Eigen-CAM: M. Bany Muhammad and M. Yeasin, "Eigen-CAM: Visual Explanations for
 * Deep Convolutional Neural Networks", SN Computer Science 2:47, 2021. The
 * activation is read as a matrix A of h*w positions (rows) x c channels (columns);
 * with A = U S V^T the map of component i is L_i = A v_i.
 *
 * Rules of ownership, errors and threads are those of ecam.h. Pictures are 8-bit,
 * row-major, without padding: RGB 3 bytes a pixel, RGBA 4, masks 1. */
#ifndef ECAM_EIGENCAM_H
#define ECAM_EIGENCAM_H

#include "engine/ecam.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Components of an activation ---- */

enum ecam_cam_mode {
    ECAM_CAM_PAPER = 0, /* L_i = A v_i, nothing removed */
    ECAM_CAM_CENTERED   /* column means removed first: L_i = (A - 1 mu^T) v_i */
};

/* v and L are defined up to their sign. */
enum ecam_sign {
    ECAM_SIGN_AUTO = 0, /* sum(v) >= 0; where |sum(v)| <= 1e-6 sqrt(c), the entry of L
                           of largest magnitude (the first of equals) is positive */
    ECAM_SIGN_ABSMAX,   /* |max L| >= |min L| */
    ECAM_SIGN_FLIP      /* the opposite of AUTO */
};

/* {0}: the first component, paper mode, automatic sign. */
struct ecam_cam_options {
    enum ecam_cam_mode mode;
    enum ecam_sign sign;
    size_t components; /* 0: 1; more than min(h*w, c) is cut to it */
    double share;      /* > 0: instead, as many components as reach this share */
};

/* One component. */
struct ecam_component {
    const float *map;    /* [h][w]: L_i, raw; valid as long as the ecam_cam */
    const float *vector; /* [c]: v_i; zeros where s is 0 */
    double s;            /* singular value */
    double share;        /* s_i^2 / sum of all s^2; 0 where all are 0 */
    double gap;          /* s_(i+1) / s_i, 0 where s_i is 0: above 0.98 the direction is hardly
                            defined */
    float min, max;      /* of map */
    bool is_flat;        /* max == min: the map shows nothing */
    bool is_flipped;     /* the sign rule turned v round relative to sum(v) >= 0 */
};

struct ecam_cam; /* opaque: the components of one activation */

/* act: n = 1, rank 4 (or 2: h = w = 1). NaN and infinities count as 0; their number
 * is told by ecam_cam_n_bad(). Float32 in, double inside; for s_2/s_1 < 0.98 the map
 * is within 1e-5 of its maximum of LAPACK's in double. */
ECAM_API enum ecam_status ecam_cam_new(const struct ecam_tensor *act,
                                       const struct ecam_cam_options *options,
                                       struct ecam_cam **out, struct ecam_error *err);
ECAM_API void ecam_cam_free(struct ecam_cam *cam);
ECAM_API size_t ecam_cam_count(const struct ecam_cam *cam);
/* i from 0. */
ECAM_API void ecam_cam_get(const struct ecam_cam *cam, size_t i, struct ecam_component *out);
ECAM_API size_t ecam_cam_n_bad(const struct ecam_cam *cam);

/* Eigen-Salience in the two readings of the paper (docs/mathematics.md). */
enum ecam_salience {
    ECAM_SALIENCE_MEAN = 0, /* the row means of A: mean over channels */
    ECAM_SALIENCE_PCA       /* (A - 1 mu^T) v_i: the centred projection */
};

/* Writes h*w floats. component from 0, used with PCA only. n_bad may be NULL. */
ECAM_API enum ecam_status ecam_salience_map(const struct ecam_tensor *act,
                                            enum ecam_salience reading, size_t component,
                                            enum ecam_sign sign, float *map, size_t *n_bad,
                                            struct ecam_error *err);

/* ---- Singular values, for who wants them bare ---- */

/* The k largest singular values and right singular vectors of the rows x cols
 * matrix a (row-major, finite): s[k], v[k][cols], rows of v of unit length, and zero
 * where s is 0. k <= min(rows, cols). *total: the sum of the squares of all singular
 * values. Sign is left open. */
ECAM_API enum ecam_status ecam_svd(const float *a, size_t rows, size_t cols, size_t k, double *s,
                                   double *v, double *total, struct ecam_error *err);

/* ---- Photos and geometry ---- */

/* How a photo went into the network, so that a map can go back. Sizes in pixels. */
struct ecam_geometry {
    size_t photo_h, photo_w; /* after the EXIF turn */
    size_t resized_h, resized_w;
    ptrdiff_t crop_y, crop_x; /* of the input's first pixel in the resized photo; negative
                                 where the photo was smaller than the crop */
    size_t input_h, input_w;  /* what the network got */
};

/* The sizes that a preprocessing leads to; no pixels are touched. Rounding as
 * torchvision: the long side is truncated, the crop's origin rounded half to even. */
ECAM_API enum ecam_status ecam_geometry_plan(const struct ecam_preprocess *pre, size_t photo_h,
                                             size_t photo_w, struct ecam_geometry *out,
                                             struct ecam_error *err);

/* Resize, crop, normalise: rgb [photo_h][photo_w][3] to input [3][input_h][input_w],
 * of which the caller has room as ecam_geometry_plan() told. Resizing is Pillow's
 * (two passes, 8 bits between them), within one grey level. */
ECAM_API enum ecam_status ecam_photo_prepare(const struct ecam_preprocess *pre, const uint8_t *rgb,
                                             const struct ecam_geometry *geometry, float *input,
                                             struct ecam_error *err);

/* The reverse of the normalisation alone: what the network saw, as a picture. */
ECAM_API void ecam_input_to_rgb(const struct ecam_preprocess *pre, const float *input, size_t h,
                                size_t w, uint8_t *rgb);

/* A map [h][w] over the network's input, back onto the photo: bilinear, half-pixel
 * centres, the edge value beyond the outermost centres. out and seen are
 * [photo_h][photo_w]; where seen is 0 the network saw nothing, and out is 0. */
ECAM_API void ecam_map_to_photo(const float *map, size_t h, size_t w,
                                const struct ecam_geometry *geometry, float *out, uint8_t *seen);

/* ---- From raw maps to 0..1 ---- */

enum ecam_scale {
    ECAM_SCALE_MAX = 0, /* v / max, negatives cut; the default of paper mode */
    ECAM_SCALE_MINMAX,  /* (v - min) / (max - min) */
    ECAM_SCALE_CLAMP    /* negatives become 0, then v / max; the default of centered */
};

/* In place. A flat or wholly non-positive map becomes zeros (MINMAX: a flat one). */
ECAM_API void ecam_map_scale(float *map, size_t n, enum ecam_scale rule);

/* out[i] = a[i] * b[i], both scaled to 0..1 before. out may be a or b. */
ECAM_API void ecam_map_fuse(const float *a, const float *b, float *out, size_t n);

/* Pixels, 0-based, inclusive. */
struct ecam_box {
    size_t x0, y0, x1, y1;
    size_t pixels; /* of the component inside */
};

/* The bounding box of the largest 8-connected component of { v > threshold * max },
 * the first in raster order of equals. seen may be NULL. *found is false for a map
 * without a positive value. The one function behind every box of the program. */
ECAM_API enum ecam_status ecam_map_box(const float *map, const uint8_t *seen, size_t h, size_t w,
                                       double threshold, bool *found, struct ecam_box *out,
                                       struct ecam_error *err);

/* ---- Pictures ---- */

enum ecam_colormap {
    ECAM_COLORMAP_VIRIDIS = 0,
    ECAM_COLORMAP_TURBO,
    ECAM_COLORMAP_JET,
    ECAM_COLORMAP_INFERNO,
    ECAM_COLORMAP_MAGMA,
    ECAM_COLORMAP_GREY,
    ECAM_COLORMAP_COUNT
};
ECAM_API const char *ecam_colormap_name(enum ecam_colormap map);
/* 0..1 (clipped; NaN as 0) to RGB. */
ECAM_API void ecam_colormap_rgb(enum ecam_colormap map, float value, uint8_t rgb[3]);

struct ecam_draw_options {
    enum ecam_colormap colormap;
    float alpha;         /* weight of the colour over the photo, 0..1 */
    bool alpha_by_value; /* alpha * value: cold regions show the photo */
};

/* All: map scaled to 0..1 at the photo's size, [h][w]; seen [h][w] or NULL. Unseen
 * pixels are hatched grey, in the heat map and over the photo alike. The overlay may
 * be drawn into the photo itself. */
ECAM_API void ecam_draw_heat(const float *map, const uint8_t *seen, size_t h, size_t w,
                             const struct ecam_draw_options *options, uint8_t *rgb);
ECAM_API void ecam_draw_overlay(const uint8_t *photo, const float *map, const uint8_t *seen,
                                size_t h, size_t w, const struct ecam_draw_options *options,
                                uint8_t *rgb);
/* 255 where v > threshold * max, else 0. */
ECAM_API void ecam_draw_mask(const float *map, const uint8_t *seen, size_t h, size_t w,
                             double threshold, uint8_t *grey);
/* A frame in black and white, readable on any photo; its thickness follows the size. */
ECAM_API void ecam_draw_box(uint8_t *rgb, size_t h, size_t w, const struct ecam_box *box);

/* Photo, heat map and overlay side by side, with a colour bar and captions. */
struct ecam_panel {
    const uint8_t *photo, *heat, *overlay; /* RGB [h][w] */
    size_t h, w;
    enum ecam_colormap colormap;
    const char *title;    /* one line: "cat.jpg  ResNet-50  layer4.2" */
    const char *subtitle; /* one line: "tabby 87.1 %  tiger cat 5.0 %" */
    float low, high;      /* raw values at the ends of the bar */
};
ECAM_API void ecam_panel_size(const struct ecam_panel *panel, size_t *h, size_t *w);
ECAM_API void ecam_draw_panel(const struct ecam_panel *panel, uint8_t *rgb);

#ifdef __cplusplus
}
#endif

#endif /* ECAM_EIGENCAM_H */
