/* SPDX-License-Identifier: BSD-2-Clause
 * A family: networks that differ in depth and widths, told from names and shapes.
 * A new one is a file weights/family_x.c, a line here and a line in family.c. */
#ifndef ECAM_FAMILY_H
#define ECAM_FAMILY_H

#include "engine/network.h"
#include "weights/builder.h"

/* How the photos went in when the published weights of a family were trained. */
enum ecam_family_photos {
    ECAM_PHOTOS_IMAGENET, /* short side 256, crop 224, ImageNet's mean and deviation */
    ECAM_PHOTOS_HALF,     /* the same with mean and deviation 0.5 */
    ECAM_PHOTOS_CIFAR     /* 32x32, ImageNet's mean and deviation */
};

/* What a family says about the network beside its graph. */
struct ecam_family_notes {
    char title[80]; /* "ResNet-50" */
    char last[ECAM_BUILD_NAME];
    enum ecam_family_photos photos;
    size_t n_classes;
};

struct ecam_family {
    const char *name;   /* for the list of what is known */
    const char *anchor; /* a weight that every member has: what precedes it is the prefix */
    bool (*matches)(const struct ecam_build *b);
    void (*build)(struct ecam_build *b, struct ecam_family_notes *notes);
};

extern const struct ecam_family ecam_family_alexnet, ecam_family_cifar_resnet, ecam_family_densenet,
    ecam_family_googlenet, ecam_family_resnet, ecam_family_squeezenet, ecam_family_vgg,
    ecam_family_vgg_timm;

/* The network of a sealed set that has no graph of its own. The set stays the
 * caller's; network->weights is left NULL. */
enum ecam_status ecam_family_import(const struct ecam_weight_set *set, struct ecam_network **out,
                                    struct ecam_error *err);

/* weights/imagenet_labels.c: the 1000 classes of ILSVRC2012, and CIFAR-10's. */
#define ECAM_N_IMAGENET_LABELS 1000
#define ECAM_N_CIFAR10_LABELS 10
extern const char *const ecam_imagenet_labels[ECAM_N_IMAGENET_LABELS];
extern const char *const ecam_cifar10_labels[ECAM_N_CIFAR10_LABELS];

#endif /* ECAM_FAMILY_H */
