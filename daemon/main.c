/* SPDX-License-Identifier: Apache-2.0 */
/* The process: arguments, configuration, privileges, signals. Everything that runs is made and ended in life.c. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "life.h"

/* Exit codes: 0 ended as asked, 1 failed while running, 2 the arguments or a file are wrong. */
enum { EXIT_FAILED = 1, EXIT_WRONG = 2 };

static void usage(FILE *stream)
{
    fputs("Usage: crossflagd --config FILE\n"
          "\n"
          "  --config FILE   run with this configuration\n"
          "  --check         check the configuration and every file that it names, then end\n"
          "  --help-config   print every key with its meaning and default, as a configuration file\n"
          "  --version       print the version\n"
          "\n"
          "SIGTERM drains and stops; SIGHUP rereads configuration, rules, feeds, certificates and principals.\n",
          stream);
}

/* Makes data_dir for the account and becomes it. PostgreSQL refuses to run as root, and the daemon has no use for root's rights. */
static int drop_privileges(const struct xf_conf *conf)
{
    const struct passwd *account;

    if (geteuid() != 0)
        return 0;
    account = getpwnam(conf->user);
    if (!account || account->pw_uid == 0) {
        fprintf(stderr, "crossflagd: started as root, and the account `%s` (key `user`) %s\n", conf->user,
                account ? "is root too" : "does not exist");
        return -1;
    }
    if (mkdir(conf->data_dir, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "crossflagd: %s: %s\n", conf->data_dir, strerror(errno));
        return -1;
    }
    if (chown(conf->data_dir, account->pw_uid, account->pw_gid) != 0 || initgroups(account->pw_name, account->pw_gid) != 0 ||
        setgid(account->pw_gid) != 0 || setuid(account->pw_uid) != 0) {
        fprintf(stderr, "crossflagd: cannot become `%s`: %s\n", conf->user, strerror(errno));
        return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'}, {"check", no_argument, NULL, 'k'},
                                            {"help", no_argument, NULL, 'h'},         {"help-config", no_argument, NULL, 'H'},
                                            {"version", no_argument, NULL, 'V'},      {0}};
    const char *file = NULL;
    struct xf_conf *conf;
    struct xf_error error = {0};
    bool check = false;
    int option, rc;

    while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            file = optarg;
            break;
        case 'k':
            check = true;
            break;
        case 'h':
            usage(stdout);
            return 0;
        case 'H':
            xf_conf_help(stdout);
            return 0;
        case 'V':
            puts("crossflagd " XF_VERSION);
            return 0;
        default:
            usage(stderr);
            return EXIT_WRONG;
        }
    }
    if (!file || optind != argc) {
        usage(stderr);
        return EXIT_WRONG;
    }
    /* A peer that closes early must not end the daemon. */
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    conf = xf_conf_load(file, &error);
    if (!conf) {
        fprintf(stderr, "crossflagd: %s\n", error.text);
        return EXIT_WRONG;
    }
    if (drop_privileges(conf) != 0) {
        xf_conf_destroy(conf);
        return EXIT_WRONG;
    }
    rc = check ? xf_life_check(conf, &error) : xf_life_run(conf, &error);
    if (rc != XF_OK)
        fprintf(stderr, "crossflagd: %s\n", error.text);
    xf_conf_destroy(conf);
    return rc == XF_OK ? 0 : rc == XF_EINVAL ? EXIT_WRONG : EXIT_FAILED;
}
