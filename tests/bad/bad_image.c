/* SPDX-License-Identifier: BSD-2-Clause
 * Every picture in tests/bad/image is refused with the status that its name begins
 * with, in the child process and without it; the text names the file. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "tools/file.h"
#include "tools/image.h"

#define LEAST_FILES 100 /* an empty folder tests nothing */

static enum ecam_status status_of(const char *name)
{
    if (strncmp(name, "format-", 7) == 0)
        return ECAM_ERR_FORMAT;
    if (strncmp(name, "unsupported-", 12) == 0)
        return ECAM_ERR_UNSUPPORTED;
    ck_assert_msg(strncmp(name, "limit-", 6) == 0, "%s: the name tells no status", name);
    return ECAM_ERR_LIMIT;
}

static void check_file(const char *path, const char *name)
{
    struct image image = { 0 };
    struct ecam_error err = { 0 };
    uint8_t *bytes = NULL;
    size_t size = 0;
    const enum ecam_status want = status_of(name);
    enum ecam_status status = image_read(path, NULL, &image, &err);
    ck_assert_msg(status == want, "%s: %s: %s", name, ecam_status_name(status), err.text);
    ck_assert_msg(strstr(err.text, name) != NULL, "%s: %s", name, err.text);
    ck_assert_int_eq(file_read(path, 1 << 24, &bytes, &size, NULL), ECAM_OK);
    status = image_decode(bytes, size, NULL, &image, &err);
    ck_assert_msg(status == want, "%s: %s: %s", name, ecam_status_name(status), err.text);
    ck_assert_ptr_null(image.rgb);
    free(bytes);
}

START_TEST(every_bad_picture_is_refused)
{
    const char *folder = getenv("ECAM_BAD"); /* the build sets it */
    char path[1024];
    int n = 0;
    ck_assert_ptr_nonnull(folder);
    snprintf(path, sizeof path, "%s/image", folder);
    DIR *dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/image/%s", folder, e->d_name);
        check_file(path, e->d_name);
        n++;
    }
    closedir(dir);
    ck_assert_int_ge(n, LEAST_FILES);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { every_bad_picture_is_refused };
    return tu_main("bad_image", tests, sizeof tests / sizeof *tests);
}
