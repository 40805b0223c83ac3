/* SPDX-License-Identifier: BSD-2-Clause
 * From a path to a set of weights: map the file, tell the format, read. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/common.h"
#include "engine/error.h"
#include "weights/weights.h"
#include "weights/zip.h"

#define CAN_READ "PyTorch .pth, .onnx, .safetensors, .caffemodel, NumPy .npz and .npy can be read"
#define TAR_MAGIC_AT 257 /* in the first header of every tar since 1988 */

/* Files that people take for weights; named in the message. */
static const struct {
    size_t at, n;
    const char *bytes, *what;
} strangers[] = {
    { 0, 4, "\x89PNG", "a PNG picture" },
    { 0, 3, "\xff\xd8\xff", "a JPEG picture" },
    { 0, 4, "GIF8", "a GIF picture" },
    { 0, 2, "BM", "a BMP picture" },
    { 0, 4, "\x89HDF", "an HDF5 file, as Keras writes them" },
    { 0, 4, "GGUF", "a GGUF file" },
    { 4, 4, "TFL3", "a TensorFlow Lite model" },
    { 0, 23, "version https://git-lfs", "a Git LFS pointer; 'git lfs pull' gets the file itself" },
    { 0, 5, "<?xml", "an XML text" },
    { 0, 5, "<html", "a web page; the download went wrong" },
    { 0, 5, "<!DOC", "a web page; the download went wrong" },
    { 0, 5, "<!doc", "a web page; the download went wrong" },
    { 0, 2, "\x1f\x8b", "a gzip archive; unpack it first" },
    { 0, 6,
      "\xfd"
      "7zXZ",
      "an xz archive; unpack it first" },
    { 0, 4, "\x28\xb5\x2f\xfd", "a zstd archive; unpack it first" },
    { 0, 3, "BZh", "a bzip2 archive; unpack it first" },
    { 0, 4, "Rar!", "a RAR archive; unpack it first" },
    { 0, 4, "7z\xbc\xaf", "a 7z archive; unpack it first" },
    { 0, 4,
      "\x7f"
      "ELF",
      "a program" },
    { 0, 1, "\x80", "a Python pickle, but not one that torch.save wrote" },
    { 0, 1, "\x08", "perhaps a damaged ONNX model" },
    { 0, 1, "\x0a", "perhaps a damaged Caffe model" },
    { 0, 1, "{", "perhaps a JSON text" },
};

static bool has(const uint8_t *bytes, size_t size, size_t at, const void *what, size_t n)
{
    return at <= size && n <= size - at && memcmp(bytes + at, what, n) == 0;
}

static enum ecam_status fail_unknown(const uint8_t *bytes, size_t size, struct ecam_error *err)
{
    char hex[4 * 3 + 1] = "";
    for (size_t i = 0; i < 4 && i < size; i++)
        snprintf(hex + 3 * i, sizeof hex - 3 * i, " %02x", bytes[i]);
    for (size_t i = 0; i < ECAM_ARRAY_LEN(strangers); i++)
        if (has(bytes, size, strangers[i].at, strangers[i].bytes, strangers[i].n))
            return ecam_fail(err, ECAM_ERR_FORMAT, "starts with%s, %s; " CAN_READ, hex,
                             strangers[i].what);
    return ecam_fail(err, ECAM_ERR_FORMAT, "starts with%s, an unknown format; " CAN_READ, hex);
}

static enum ecam_status sniff_zip(const uint8_t *bytes, size_t size, ecam_weights_reader_fn **out,
                                  struct ecam_error *err)
{
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    struct ecam_zip *zip = NULL;
    bool has_arrays = false, has_object = false;
    const enum ecam_status status = ecam_zip_open(bytes, size, &limits, &zip, err);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < zip->n_members; i++) {
        const char *name = zip->members[i].name, *slash = strchr(name, '/');
        const size_t n = strlen(name);
        has_object |= slash != NULL && strcmp(slash, "/data.pkl") == 0;
        has_arrays |= n > 4 && strcmp(name + n - 4, ".npy") == 0;
    }
    ecam_zip_free(zip);
    if (!has_object && !has_arrays)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "a zip archive with neither DIR/data.pkl (PyTorch) nor .npy members "
                         "(NumPy)");
    *out = has_object ? ecam_read_torch_zip : ecam_read_npz;
    return ECAM_OK;
}

/* torch.save begins with a pickle of this number, in the protocol it was told. */
static bool is_torch_sequential(const uint8_t *bytes, size_t size)
{
    static const char decimal[] = "L119547037146038801333356L";
    static const uint8_t number[] = { 0x8a, 10,   0x6c, 0xfc, 0x9c, 0x46,
                                      0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19 };
    const size_t after_frame = 2 + 9; /* protocol 4: PROTO, FRAME */
    return has(bytes, size, 0, decimal, sizeof decimal - 1) ||
           has(bytes, size, 2, number, sizeof number) ||
           has(bytes, size, after_frame, number, sizeof number);
}

enum ecam_status ecam_weights_sniff(const uint8_t *bytes, size_t size, ecam_weights_reader_fn **out,
                                    struct ecam_error *err)
{
    if (size == 0)
        return ecam_fail(err, ECAM_ERR_FORMAT, "the file is empty");
    if (has(bytes, size, 0, "PK\3\4", 4) || has(bytes, size, 0, "PK\5\6", 4))
        return sniff_zip(bytes, size, out, err);
    if (is_torch_sequential(bytes, size))
        *out = ecam_read_torch_sequential;
    else if (has(bytes, size, TAR_MAGIC_AT, "ustar", 5))
        *out = ecam_read_torch_tar;
    else if (has(bytes, size, 0, "\x93NUMPY", 6))
        *out = ecam_read_npy;
    else if (ecam_caffe_sniff(bytes, size)) /* before safetensors: byte 8 may be anything */
        *out = ecam_read_caffe;
    else if (ecam_onnx_sniff(bytes, size))
        *out = ecam_read_onnx;
    else if (has(bytes, size, 8, "{", 1))
        *out = ecam_read_safetensors;
    else
        return fail_unknown(bytes, size, err);
    return ECAM_OK;
}

/* path: of the file that the bytes are, NULL where they are none. */
static enum ecam_status read_bytes(const uint8_t *bytes, size_t size, const char *path,
                                   const struct ecam_limits *limits, struct ecam_weight_set **out,
                                   struct ecam_error *err)
{
    const struct ecam_limits filled = ecam_limits_filled(limits);
    ecam_weights_reader_fn *reader = NULL;
    if (size > filled.max_file_bytes)
        return ecam_fail(err, ECAM_ERR_LIMIT, "%zu bytes, at most %llu are allowed", size,
                         (unsigned long long)filled.max_file_bytes);
    const enum ecam_status status = ecam_weights_sniff(bytes, size, &reader, err);
    if (status != ECAM_OK)
        return status;
    assert(reader != NULL);
    if (reader == ecam_read_onnx)
        return ecam_read_onnx_at(bytes, size, path, &filled, out, err);
    return reader(bytes, size, &filled, out, err);
}

enum ecam_status ecam_weights_open_mem(const void *bytes, size_t size, const char *name,
                                       const struct ecam_limits *limits,
                                       struct ecam_weight_set **out, struct ecam_error *err)
{
    const enum ecam_status status = read_bytes(bytes, size, NULL, limits, out, err);
    return status == ECAM_OK ? ECAM_OK : ecam_error_at(err, status, name);
}

enum ecam_status ecam_weights_map(const char *path, struct ecam_storage *out,
                                  struct ecam_error *err)
{
    struct stat st;
    /* Nonblocking: the path may be a pipe that nobody writes to. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return ecam_fail(err, ECAM_ERR_IO, "cannot open: %s", strerror(errno));
    enum ecam_status status = ECAM_OK;
    if (fstat(fd, &st) != 0)
        status = ecam_fail(err, ECAM_ERR_IO, "cannot ask for its size: %s", strerror(errno));
    else if (S_ISDIR(st.st_mode))
        status = ecam_fail(err, ECAM_ERR_IO, "is a directory, not a file of weights");
    else if (!S_ISREG(st.st_mode))
        status = ecam_fail(err, ECAM_ERR_IO, "is no regular file");
    else if (st.st_size == 0)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "the file is empty");
    else if ((uint64_t)st.st_size > SIZE_MAX)
        status = ecam_fail(err, ECAM_ERR_LIMIT, "too large for the address space");
    if (status == ECAM_OK) {
        void *base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (base == MAP_FAILED)
            status = ecam_fail(err, ECAM_ERR_IO, "cannot map into memory: %s", strerror(errno));
        else
            *out = (struct ecam_storage){ ECAM_STORAGE_MAPPED, base, (size_t)st.st_size };
    }
    close(fd);
    return status;
}

enum ecam_status ecam_weights_open(const char *path, const struct ecam_limits *limits,
                                   struct ecam_weight_set **out, struct ecam_error *err)
{
    struct ecam_storage mapped = { .kind = ECAM_STORAGE_BORROWED };
    struct ecam_weight_set *set = NULL;
    enum ecam_status status = ecam_weights_map(path, &mapped, err);
    if (status == ECAM_OK)
        status = read_bytes(mapped.base, mapped.bytes, path, limits, &set, err);
    if (status == ECAM_OK) {
        status = ecam_weight_set_own(set, mapped, err); /* its own also on failure */
        mapped.kind = ECAM_STORAGE_BORROWED;
    }
    if (status == ECAM_OK) {
        *out = set;
        return ECAM_OK;
    }
    ecam_weight_set_free(set);
    if (mapped.kind == ECAM_STORAGE_MAPPED)
        munmap(mapped.base, mapped.bytes);
    return ecam_error_at(err, status, path);
}

enum ecam_status ecam_weights_set_graph(struct ecam_weight_set *set, const char *path,
                                        const struct ecam_limits *limits, struct ecam_error *err)
{
    const struct ecam_limits filled = ecam_limits_filled(limits);
    struct ecam_storage mapped = { .kind = ECAM_STORAGE_BORROWED };
    enum ecam_status status = ecam_weights_map(path, &mapped, err);
    if (status == ECAM_OK && mapped.bytes > filled.max_header_bytes) {
        status = ecam_fail(err, ECAM_ERR_LIMIT, "graph of %zu bytes, at most %llu are allowed",
                           mapped.bytes, (unsigned long long)filled.max_header_bytes);
        munmap(mapped.base, mapped.bytes);
        mapped.kind = ECAM_STORAGE_BORROWED;
    }
    if (status == ECAM_OK)
        status = ecam_weight_set_own(set, mapped, err);
    if (status != ECAM_OK)
        return ecam_error_at(err, status, path);
    set->graph = mapped.base;
    set->graph_bytes = mapped.bytes;
    set->graph_is_text = true;
    set->graph_path = path;
    return ECAM_OK;
}
