/* SPDX-License-Identifier: BSD-2-Clause
 * Runs a fuzz target over files and folders of files, without a fuzzing engine. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PATH_BYTES 4096

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    size_t n = 0, cap = 0, got;
    if (file == NULL) {
        fprintf(stderr, "replay: cannot open %s\n", path);
        return 0;
    }
    do {
        if (cap - n < 65536) {
            cap = 2 * cap + 65536;
            uint8_t *grown = realloc(bytes, cap);
            if (grown == NULL) {
                fprintf(stderr, "replay: no memory for %s\n", path);
                exit(2);
            }
            bytes = grown;
        }
        got = fread(bytes + n, 1, cap - n, file);
        n += got;
    } while (got > 0);
    fclose(file);
    LLVMFuzzerTestOneInput(bytes, n);
    free(bytes);
    return 1;
}

int main(int argc, char **argv)
{
    int files = 0;
    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);
        struct dirent *entry;
        if (dir == NULL) {
            files += replay_file(argv[i]);
            continue;
        }
        while ((entry = readdir(dir)) != NULL) {
            char path[PATH_BYTES];
            const int n = snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            if (entry->d_name[0] != '.' && n > 0 && n < PATH_BYTES)
                files += replay_file(path);
        }
        closedir(dir);
    }
    printf("replay: %d files\n", files);
    return files > 0 ? 0 : 1;
}
