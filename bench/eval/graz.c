/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/graz.h"

#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"

static const char image_end[] = ".image.png", mask_middle[] = ".mask.", mask_end[] = ".png";

/* Bytes of NAME, or 0 where the file is no image. */
static size_t image_name(const char *file)
{
    const size_t n = strlen(file), tail = sizeof image_end - 1;
    return n > tail && strcmp(file + n - tail, image_end) == 0 ? n - tail : 0;
}

static size_t mask_name(const char *file)
{
    const size_t n = strlen(file);
    const char *middle = strstr(file, mask_middle);
    if (middle == NULL || middle == file || n < sizeof mask_end ||
        strcmp(file + n - (sizeof mask_end - 1), mask_end) != 0)
        return 0;
    const char *index = middle + sizeof mask_middle - 1;
    const size_t digits = strspn(index, "0123456789");
    return digits > 0 && strcmp(index + digits, mask_end) == 0 ? (size_t)(middle - file) : 0;
}

/* The digits that end the name. */
static bool number_of(const char *name, size_t *out)
{
    size_t n = strlen(name), digits = 0;
    while (n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9' && digits < 9) {
        n--;
        digits++;
    }
    *out = digits > 0 ? (size_t)strtoul(name + n, NULL, 10) : 0;
    return digits > 0;
}

void eval_graz_free(struct eval_graz *graz)
{
    for (size_t i = 0; i < graz->n; i++)
        ecam_free(graz->image[i].name);
    ecam_free(graz->image);
    ecam_free(graz->mask);
    *graz = (struct eval_graz){ 0 };
}

static int by_number(const void *a, const void *b)
{
    const struct eval_graz_image *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return strcmp(x->name, y->name);
}

static enum ecam_status add_images(char *const *names, size_t n, struct eval_graz *graz,
                                   struct ecam_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const size_t bytes = image_name(names[i]);
        if (bytes == 0)
            continue;
        struct eval_graz_image image = { .name = ecam_alloc(bytes + 1) };
        if (image.name == NULL ||
            !ecam_reserve((void **)&graz->image, &graz->cap, graz->n, sizeof *graz->image)) {
            ecam_free(image.name);
            return ecam_fail(err, ECAM_ERR_NOMEM, "%zu images", n);
        }
        memcpy(image.name, names[i], bytes);
        image.name[bytes] = '\0';
        const bool has_number = number_of(image.name, &image.number);
        graz->image[graz->n++] = image;
        if (!has_number)
            return ecam_fail(err, ECAM_ERR_FORMAT,
                             "%s: expected a number before .image.png: it tells train from test",
                             names[i]);
    }
    if (graz->n > 0)
        qsort(graz->image, graz->n, sizeof *graz->image, by_number);
    return ECAM_OK;
}

static bool is_mask_of(const char *file, const struct eval_graz_image *image)
{
    const size_t n = mask_name(file);
    return n > 0 && strlen(image->name) == n && memcmp(file, image->name, n) == 0;
}

/* Files come in the order of their names: an image's masks are neighbours. */
static enum ecam_status add_masks(char *const *names, size_t n, struct eval_graz *graz,
                                  struct ecam_error *err)
{
    for (size_t i = 0; i < graz->n; i++) {
        struct eval_graz_image *image = &graz->image[i];
        image->first_mask = graz->n_masks;
        for (size_t k = 0; k < n; k++) {
            if (!is_mask_of(names[k], image))
                continue;
            if (!ecam_reserve((void **)&graz->mask, &graz->cap_masks, graz->n_masks,
                              sizeof *graz->mask))
                return ecam_fail(err, ECAM_ERR_NOMEM, "%zu masks", n);
            graz->mask[graz->n_masks++] = names[k];
            image->n_masks++;
        }
    }
    size_t n_masks = 0;
    for (size_t k = 0; k < n; k++)
        n_masks += mask_name(names[k]) > 0;
    for (size_t k = 0; n_masks > graz->n_masks && k < n; k++) {
        bool is_used = mask_name(names[k]) == 0;
        for (size_t i = 0; i < graz->n && !is_used; i++)
            is_used = is_mask_of(names[k], &graz->image[i]);
        if (!is_used)
            return ecam_fail(err, ECAM_ERR_FORMAT, "%s: a mask without its image", names[k]);
    }
    return ECAM_OK;
}

enum ecam_status eval_graz_group(char *const *names, size_t n, size_t limit, struct eval_graz *out,
                                 struct ecam_error *err)
{
    struct eval_graz graz = { 0 };
    enum ecam_status status = add_images(names, n, &graz, err);
    if (status == ECAM_OK)
        status = add_masks(names, n, &graz, err);
    if (status != ECAM_OK) {
        eval_graz_free(&graz);
        return status;
    }
    while (limit > 0 && graz.n > limit)
        ecam_free(graz.image[--graz.n].name);
    *out = graz;
    return ECAM_OK;
}

void eval_graz_mask_add(const uint8_t *rgb, size_t n, uint8_t *mask)
{
    for (size_t i = 0; i < n; i++)
        mask[i] |= rgb[3 * i] > 0;
}
