/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: what is good, what is refused at which line, what a reload takes over. */
#include "check.h"

#include <stdio.h>
#include <unistd.h>

#include "../../daemon/conf.h"

static struct xf_conf *parse(const char *text, struct xf_error *error)
{
    return xf_conf_parse(text, strlen(text), "test.conf", "/etc/crossflag", error);
}

static void test_defaults(void **state)
{
    struct xf_error error;
    struct xf_conf *conf = parse("", &error);

    (void)state;
    assert_non_null(conf);
    assert_string_equal(conf->listen, "127.0.0.1:8443");
    assert_string_equal(conf->public_url, "https://127.0.0.1:8443");
    assert_null(conf->database);
    assert_null(conf->tls_client_ca);
    assert_string_equal(conf->partners, "/etc/crossflag/partners.json");
    assert_string_equal(conf->data_dir, "/var/lib/crossflag");
    assert_string_equal(conf->purposes[0], "safeguarding");
    assert_string_equal(conf->purposes[4], "licensing");
    assert_null(conf->purposes[5]);
    assert_null(conf->allow_networks[0]);
    assert_int_equal(conf->max_body_bytes, 16 * 1024 * 1024);
    assert_int_equal(conf->log_level, XF_LOG_INFO);
    xf_conf_destroy(conf);
}

static void test_values(void **state)
{
    struct xf_error error;
    struct xf_conf *conf = parse("# a comment\n; another\n\n"
                                 "listen=[::1]:0\r\n"
                                 "public_url = https://flags.example.org/ ; trailing\n"
                                 "database = host=a.example,b.example\n"
                                 "   dbname=crossflag\n"
                                 "\tsslmode=verify-full\n"
                                 "rules = ../rules\n"
                                 "feeds =\n"
                                 "purposes = one , two\n"
                                 "allow_networks = 10.0.0.0/8,::1/128\n"
                                 "log_level = warning\n"
                                 "requests_per_second = 50\n",
                                 &error);

    (void)state;
    if (!conf)
        fail_msg("%s", error.text);
    assert_string_equal(conf->listen, "[::1]:0");
    assert_string_equal(conf->public_url, "https://flags.example.org");
    assert_string_equal(conf->database, "host=a.example,b.example dbname=crossflag sslmode=verify-full");
    assert_string_equal(conf->rules, "/etc/crossflag/../rules");
    assert_null(conf->feeds);
    assert_string_equal(conf->purposes[1], "two");
    assert_null(conf->purposes[2]);
    assert_string_equal(conf->allow_networks[1], "::1/128");
    assert_int_equal(conf->log_level, XF_LOG_WARNING);
    assert_int_equal(conf->requests_per_second, 50);
    xf_conf_destroy(conf);
}

#define LONG_20 "aaaaaaaaaaaaaaaaaaaa"
#define LONG_220 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20

static void test_faults(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *reason; /* part of it */
    } cases[] = {
        {"lisen = 127.0.0.1:1\n", 1, "unknown key \"lisen\""},
        {"\n\nlisten = 127.0.0.1:1\nlisten = 127.0.0.1:2\n", 4, "listen: is set twice"},
        {"database = a\nlog_level = info\n  more\n", 2, "log_level: is not"},
        {"listen\n", 1, "is not \"key = value\""},
        {"log_level = info\n[server]\nlisten = 127.0.0.1:1\n", 3, "no [sections]"},
        {"listen = 127.0.0.1\n", 1, "listen: is not an IP address and a port"},
        {"listen = 127.0.0.1:65536\n", 1, "listen:"},
        {"listen = localhost:1\n", 1, "listen:"},
        {"listen = ::1:1\n", 1, "listen:"},
        {"listen =\n", 1, "listen: must not be empty"},
        {"public_url = http://example.org\n", 1, "public_url: is not an https:// URL"},
        {"public_url = https://\n", 1, "public_url:"},
        {"max_connections = 0\n", 1, "max_connections: must lie between 1 and 1000000"},
        {"max_connections = many\n", 1, "max_connections: is not a whole number"},
        {"max_connections = 10 000\n", 1, "max_connections: is not a whole number"},
        {"max_connections = 99999999999999999999\n", 1, "max_connections: must lie between"},
        {"max_connections =\n", 1, "max_connections: is not a whole number"},
        {"webhook_retry_scale = 1001\n", 1, "webhook_retry_scale: must lie between"},
        {"log_level = loud\n", 1, "log_level: is not debug, info, warning or error"},
        {"purposes = ,\n", 1, "purposes: must not be empty"},
        {"purposes = Case Work!\n", 1, "purposes: is not a comma-separated list of words"},
        {"allow_networks = 10.0.0.0/33\n", 1, "allow_networks: is not a comma-separated list of networks"},
        {"allow_networks = 10.0.0/8\n", 1, "allow_networks:"},
        {"\ndatabase = " LONG_220 "\n", 2, "the line is too long"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct xf_error error = {0};
        char place[32];

        assert_null(parse(cases[i].text, &error));
        snprintf(place, sizeof(place), "test.conf:%u: ", cases[i].line);
        if (strncmp(error.text, place, strlen(place)) != 0 || !strstr(error.text, cases[i].reason))
            fail_msg("%s\n-> %s", cases[i].text, error.text);
        assert_int_equal(error.line, cases[i].line);
        assert_int_equal(error.code, XF_EINVAL);
    }
}

static void test_nul(void **state)
{
    static const char text[] = "log_level = in\0fo\n";
    struct xf_error error;

    (void)state;
    assert_null(xf_conf_parse(text, sizeof(text) - 1, "test.conf", "/", &error));
    assert_non_null(strstr(error.text, "NUL"));
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void count_ignored(void *context, const char *key)
{
    unsigned *count = context;

    assert_true(!strcmp(key, "listen") || !strcmp(key, "public_url"));
    (*count)++;
}

static void test_reload(void **state)
{
    char path[] = "/tmp/crossflag-conf-XXXXXX";
    struct xf_error error;
    struct xf_conf *conf;
    const char *old_rules;
    unsigned ignored = 0;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    write_file(path, "listen = 127.0.0.1:1\nrules = one\npurposes = a\n");
    conf = xf_conf_load(path, &error);
    assert_non_null(conf);
    assert_string_equal(conf->rules, "/tmp/one");
    old_rules = conf->rules;

    write_file(path, "listen = 127.0.0.1:2\nrules = two\npurposes = a,b\nrequests_per_second = 5\n");
    assert_int_equal(xf_conf_reload(conf, count_ignored, &ignored, &error), XF_OK);
    assert_int_equal(ignored, 2); /* the URL follows from the address */
    assert_string_equal(conf->listen, "127.0.0.1:1");
    assert_string_equal(conf->rules, "/tmp/two");
    assert_string_equal(old_rules, "/tmp/one"); /* still readable */
    assert_string_equal(conf->purposes[1], "b");
    assert_int_equal(conf->requests_per_second, 5);

    write_file(path, "rules = three\nrequests_per_second = -1\n");
    assert_int_equal(xf_conf_reload(conf, NULL, NULL, &error), XF_EINVAL);
    assert_non_null(strstr(error.text, ":2: requests_per_second"));
    assert_string_equal(conf->rules, "/tmp/two");
    assert_int_equal(conf->requests_per_second, 5);

    unlink(path);
    assert_int_equal(xf_conf_reload(conf, NULL, NULL, &error), XF_EIO);
    assert_string_equal(conf->rules, "/tmp/two");
    xf_conf_destroy(conf);
    assert_null(xf_conf_load(path, &error));
    assert_int_equal(error.code, XF_EIO);
}

/* The help is a configuration: as it stands, and with every default said aloud. */
static void test_help(void **state)
{
    struct xf_error error;
    char *text = NULL;
    size_t length, kept = 0;
    FILE *stream = open_memstream(&text, &length);
    struct xf_conf *conf;

    (void)state;
    xf_conf_help(stream);
    fclose(stream);
    conf = xf_conf_parse(text, length, "help", "/", &error);
    if (!conf)
        fail_msg("%s", error.text);
    xf_conf_destroy(conf);
    for (size_t i = 0; i < length; i++) {
        bool comment_of_key = text[i] == '#' && text[i + 1] != ' ';

        if (!comment_of_key)
            text[kept++] = text[i];
    }
    conf = xf_conf_parse(text, kept, "help", "/", &error);
    if (!conf)
        fail_msg("%s", error.text);
    assert_string_equal(conf->listen, "127.0.0.1:8443");
    assert_int_equal(conf->outbox_keep, 10000);
    xf_conf_destroy(conf);
    free(text);
}

/* What is shipped is the help's text, so that neither can age. */
static void test_shipped_file(void **state)
{
    FILE *file = fopen("config/crossflagd.conf", "r");
    char *help = NULL, shipped[65536];
    size_t length, shipped_length;
    FILE *stream;

    (void)state;
    if (!file)
        fail_msg("config/crossflagd.conf cannot be read from here");
    shipped_length = fread(shipped, 1, sizeof(shipped) - 1, file);
    shipped[shipped_length] = '\0';
    fclose(file);
    stream = open_memstream(&help, &length);
    xf_conf_help(stream);
    fclose(stream);
    assert_string_equal(shipped, help);
    free(help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),     cmocka_unit_test(test_values), cmocka_unit_test(test_faults),
        cmocka_unit_test(test_nul),          cmocka_unit_test(test_reload), cmocka_unit_test(test_help),
        cmocka_unit_test(test_shipped_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
