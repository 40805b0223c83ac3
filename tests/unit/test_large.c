/* SPDX-License-Identifier: BSD-2-Clause
 * Files beyond 2 and 4 GiB, in all containers: sparse ones, of which few pages
 * exist. Each holds "w", the last element of a storage of 5 GiB, which is 42. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/tu.h"
#include "weights/weights.h"

#define ELEMENTS ((uint64_t)5 << 28)
#define STORAGE_BYTES (ELEMENTS * 4)

/* A file that is written piece by piece; `at` is where the next one goes. */
struct sparse {
    char path[32];
    int fd;
    uint64_t at;
};

static struct sparse sparse_new(void)
{
    struct sparse f = { .path = "/tmp/ecam-large-XXXXXX" };
    f.fd = mkstemp(f.path);
    ck_assert_int_ge(f.fd, 0);
    return f;
}

static void put(struct sparse *f, const void *bytes, size_t n)
{
    ck_assert_int_eq(pwrite(f->fd, bytes, n, (off_t)f->at), (ssize_t)n);
    f->at += n;
}
#define PUT(f, literal) put(f, literal, sizeof(literal) - 1)

static void put_number(struct sparse *f, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        put(f, &(uint8_t){ i < 8 ? (uint8_t)(number >> (8 * i)) : 0 }, 1);
}

/* Nothing but zeros, with 42 at the end. */
static void put_storage(struct sparse *f)
{
    f->at += STORAGE_BYTES - 4;
    put(f, &(float){ 42 }, 4);
}

/* {"w": the last element of storage "0"}, as a pickle. */
static void put_object(struct sparse *f)
{
    PUT(f, "\x80\x02}U\1wctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\n"
           "U\1"
           "0U\3"
           "cpu\x8a\x08");
    put_number(f, ELEMENTS, 8);
    PUT(f, "NtQ\x8a\x08");
    put_number(f, ELEMENTS - 1, 8);
    PUT(f, "K\1\x85K\1\x85\x89"
           "ccollections\nOrderedDict\n)RtRs.");
}

static void expect_42(struct sparse *f, const char *format)
{
    struct ecam_weight_set *set = NULL;
    struct ecam_error err = { .text = "" };
    const enum ecam_status status = ecam_weights_open(f->path, NULL, &set, &err);
    close(f->fd);
    unlink(f->path);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    ck_assert_str_eq(set->format, format);
    const struct ecam_weight *w = ecam_weight_set_find(set, "w");
    ck_assert_ptr_nonnull(w);
    float value = 0;
    size_t n = 0;
    ck_assert(ecam_shape_count(&w->shape, &n));
    ecam_weight_read(w, n - 1, 1, &value);
    ck_assert(value == 42.0f);
    ecam_weight_drop(set, w, n - 1, 1);
    ecam_weight_read(w, n - 1, 1, &value);
    ck_assert(value == 42.0f);
    ecam_weight_set_free(set);
}

START_TEST(a_sequential_file_of_5_gib)
{
    struct sparse f = sparse_new();
    PUT(&f, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.");
    PUT(&f, "\x80\x02}U\x0dlittle_endian\x88s.");
    put_object(&f);
    PUT(&f, "\x80\x02]U\1"
            "0a.");
    put_number(&f, ELEMENTS, 8);
    put_storage(&f);
    expect_42(&f, "PyTorch sequential");
}
END_TEST

START_TEST(safetensors_of_5_gib)
{
    struct sparse f = sparse_new();
    char header[200];
    const int n = snprintf(header, sizeof header,
                           "{\"w\":{\"dtype\":\"F32\",\"shape\":[%llu],\"data_offsets\":[0,%llu]}}",
                           (unsigned long long)ELEMENTS, (unsigned long long)STORAGE_BYTES);
    put_number(&f, (uint64_t)n, 8);
    put(&f, header, (size_t)n);
    put_storage(&f);
    expect_42(&f, "safetensors");
}
END_TEST

/* The sizes that do not fit 32 bits, after a header that says so. */
static void put_zip64_extra(struct sparse *f, const uint64_t *numbers, size_t n)
{
    put_number(f, 1, 2);
    put_number(f, 8 * n, 2);
    for (size_t i = 0; i < n; i++)
        put_number(f, numbers[i], 8);
}

/* What a local header and a central entry have in common. Sizes and checksum come
 * after the data (flag 8) where the header leaves them open. */
static void put_member(struct sparse *f, uint32_t crc, uint64_t bytes, const char *name,
                       size_t extra)
{
    put_number(f, 8, 2);
    put_number(f, 0, 2 + 4);
    put_number(f, crc, 4);
    for (int i = 0; i < 2; i++)
        put_number(f, bytes < 0xffffffff ? bytes : 0xffffffff, 4);
    put_number(f, strlen(name), 2);
    put_number(f, extra, 2);
}

static uint32_t crc_of(struct sparse *f, uint64_t begin, uint64_t end)
{
    uint32_t crc = 0xffffffff;
    for (uint64_t at = begin; at < end; at++) {
        uint8_t byte;
        ck_assert_int_eq(pread(f->fd, &byte, 1, (off_t)at), 1);
        crc ^= byte;
        for (int i = 0; i < 8; i++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

START_TEST(a_zip_of_5_gib_with_a_member_behind_it)
{
    struct sparse f = sparse_new();
    static const char storage[] = "a/data/0", object[] = "a/data.pkl";
    PUT(&f, "PK\3\4\x2d\0");
    put_member(&f, 0, 0, storage, 0);
    put(&f, storage, strlen(storage));
    put_storage(&f);
    const uint64_t second = f.at;
    PUT(&f, "PK\3\4\x2d\0");
    put_member(&f, 0, 0, object, 0);
    put(&f, object, strlen(object));
    const uint64_t begin = f.at;
    put_object(&f);
    const uint64_t end = f.at;

    PUT(&f, "PK\1\2\x2d\0\x2d\0");
    put_member(&f, 0, STORAGE_BYTES, storage, 4 + 16);
    put_number(&f, 0, 2 + 2 + 2 + 4 + 4);
    put(&f, storage, strlen(storage));
    put_zip64_extra(&f, (uint64_t[]){ STORAGE_BYTES, STORAGE_BYTES }, 2);
    PUT(&f, "PK\1\2\x2d\0\x2d\0");
    put_member(&f, crc_of(&f, begin, end), end - begin, object, 4 + 8);
    put_number(&f, 0, 2 + 2 + 2 + 4);
    put_number(&f, 0xffffffff, 4);
    put(&f, object, strlen(object));
    put_zip64_extra(&f, &second, 1);
    const uint64_t end64 = f.at;
    PUT(&f, "PK\6\6");
    put_number(&f, 44, 8);
    put_number(&f, 0, 4 + 4 + 4);
    put_number(&f, 2, 8);
    put_number(&f, 2, 8);
    put_number(&f, end64 - end, 8);
    put_number(&f, end, 8);
    PUT(&f, "PK\6\7");
    put_number(&f, 0, 4);
    put_number(&f, end64, 8);
    put_number(&f, 1, 4);
    PUT(&f, "PK\5\6\0\0\0\0\2\0\2\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
    expect_42(&f, "PyTorch zip");
}
END_TEST

static size_t varint_bytes(uint64_t number)
{
    size_t n = 1;
    for (; number >= 0x80; number >>= 7)
        n++;
    return n;
}

static void put_varint(struct sparse *f, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        put(f, &(uint8_t){ (uint8_t)(0x80 | (number & 0x7f)) }, 1);
    put(f, &(uint8_t){ (uint8_t)number }, 1);
}

/* A ModelProto with one initialiser of 5 GiB, which is too much for most readers. */
START_TEST(onnx)
{
    struct sparse f = sparse_new();
    const uint64_t head = 1 + varint_bytes(ELEMENTS) + 2 + 3; /* dims, type, name */
    const uint64_t tensor = head + 1 + varint_bytes(STORAGE_BYTES) + STORAGE_BYTES;
    PUT(&f, "\x08\x08\x42\x04\x0a\x00\x10\x0d\x3a"); /* IR 8, opset 13, graph */
    put_varint(&f, 1 + varint_bytes(tensor) + tensor);
    PUT(&f, "\x2a"); /* initialiser */
    put_varint(&f, tensor);
    PUT(&f, "\x08");
    put_varint(&f, ELEMENTS);
    PUT(&f, "\x10\x01\x42\x01w\x4a");
    put_varint(&f, STORAGE_BYTES);
    put_storage(&f);
    expect_42(&f, "ONNX");
}
END_TEST

int main(void)
{
    /* A file system that knows no holes, or a limit on file sizes: nothing to see. */
    FILE *file = tmpfile();
    const bool fits = file != NULL && ftruncate(fileno(file), (off_t)(STORAGE_BYTES + 4096)) == 0;
    const int why = errno;
    if (file != NULL)
        fclose(file);
    if (!fits) {
        printf("1..0 # SKIP no sparse file of 5 GiB in /tmp: %s\n", strerror(why));
        return 0;
    }
    const TTest *const tests[] = { a_sequential_file_of_5_gib, safetensors_of_5_gib,
                                   a_zip_of_5_gib_with_a_member_behind_it, onnx };
    return tu_main("large", tests, sizeof tests / sizeof *tests);
}
