/* SPDX-License-Identifier: Apache-2.0 */
/* Runs each file of the folders given as arguments through a fuzz target, so that a corpus is a test on any compiler. A target that
 * does not like what it sees aborts; the name printed last is then the culprit. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exact-size memory, so that a sanitizer sees a read past the end. 0, or -1 after having said why. */
static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    uint8_t *data;
    size_t size;
    int rc = -1;

    if (!file || fstat(fileno(file), &status) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        if (file)
            fclose(file);
        return -1;
    }
    size = (size_t)status.st_size;
    data = malloc(size ? size : 1);
    if (data && fread(data, 1, size, file) == size) {
        printf("%s\n", path);
        fflush(stdout);
        rc = LLVMFuzzerTestOneInput(data, size);
    } else {
        fprintf(stderr, "%s: cannot be read\n", path);
    }
    free(data);
    fclose(file);
    return rc;
}

static int replay_folder(const char *folder, unsigned *count)
{
    DIR *entries = opendir(folder);
    int rc = 0;

    if (!entries) {
        fprintf(stderr, "%s: %s\n", folder, strerror(errno));
        return -1;
    }
    for (struct dirent *entry; rc == 0 && (entry = readdir(entries));) {
        char path[4096];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        rc = replay_file(path);
        ++*count;
    }
    closedir(entries);
    return rc;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    int rc = 0;

    for (int i = 1; rc == 0 && i < argc; i++)
        rc = replay_folder(argv[i], &count);
    printf("%u inputs replayed\n", count);
    return rc == 0 && count ? EXIT_SUCCESS : EXIT_FAILURE;
}
