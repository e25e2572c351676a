/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a record. Beyond memory errors it looks for broken promises: an outcome without its faults, text that is no text, a
 * digest that another arena would not give. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/mention.h"
#include "crossflag/record.h"
#include "fuzz_vocabulary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                                           \
    do {                                                                                                                           \
        if (!(condition))                                                                                                          \
            abort();                                                                                                               \
    } while (0)

static void check_end(const struct xf_record *record, struct xf_end end)
{
    const size_t counts[] = {
        [XF_PERSON] = record->person_count, [XF_LOCATION] = record->location_count, [XF_VEHICLE] = record->vehicle_count};

    CHECK(end.kind < XF_MENTION_KINDS && end.index < counts[end.kind]);
}

static void check_record(const struct xf_record *record)
{
    CHECK(record->id && *record->id && strlen(record->id) <= XF_RECORD_ID_MAX);
    CHECK(record->kind && record->occurred_at != XF_TIME_NONE);
    CHECK(record->until == XF_TIME_NONE || record->until >= record->occurred_at);
    CHECK(record->version >= -1 && record->version <= XF_RECORD_VERSION_MAX);
    CHECK(!record->summary || (*record->summary && strlen(record->summary) <= XF_RECORD_TEXT_MAX));
    CHECK(!record->condition_count || (record->grade && record->grade[2] == 'C'));
    for (size_t i = 0; i < record->person_count; i++) {
        const struct xf_person *person = &record->persons[i];

        CHECK(person->ref && *person->ref && person->role);
        for (size_t k = 0; k < person->name_count; k++)
            CHECK(person->names[k].given || person->names[k].family || person->names[k].full);
        for (size_t k = 0; k < person->id_count; k++)
            CHECK(person->ids[k].scheme && person->ids[k].value);
        for (size_t k = 0; k < person->account_count; k++)
            CHECK(person->accounts[k].service && person->accounts[k].handle);
        for (size_t k = 0; k < person->marker_count; k++)
            CHECK(person->markers[k].type);
        for (size_t k = 0; k < person->phone_count; k++)
            CHECK(*person->phones[k]);
        for (size_t k = 0; k < i; k++)
            CHECK(strcmp(person->ref, record->persons[k].ref) != 0);
    }
    for (size_t i = 0; i < record->location_count; i++) {
        CHECK(record->locations[i].ref && record->locations[i].role);
        CHECK(abs(record->locations[i].lat_e7) <= 900000000 && abs(record->locations[i].lon_e7) <= 1800000000);
    }
    for (size_t i = 0; i < record->vehicle_count; i++)
        CHECK(record->vehicles[i].ref && record->vehicles[i].role);
    for (size_t i = 0; i < record->link_count; i++) {
        CHECK(record->links[i].type);
        check_end(record, record->links[i].from);
        check_end(record, record->links[i].to);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct xf_vocabulary *vocabulary;
    struct xf_arena *arena = xf_arena_create(), *other = xf_arena_create();
    const struct xf_record *record = NULL, *again = NULL;
    struct xf_errors errors;
    int rc;

    if (!vocabulary)
        vocabulary = fuzz_vocabulary();
    CHECK(arena && other);
    rc = xf_record_parse((const char *)data, size, vocabulary, arena, &record, &errors);
    CHECK((rc == XF_OK) == (record != NULL) && (rc == XF_OK) == (errors.count == 0));
    for (size_t i = 0; i < errors.count && i < XF_ERRORS_MAX; i++)
        CHECK(*errors.items[i].text && (!*errors.items[i].pointer || *errors.items[i].pointer == '/'));
    if (record) {
        check_record(record);
        CHECK(xf_record_parse((const char *)data, size, vocabulary, other, &again, &errors) == XF_OK);
        CHECK(memcmp(record->digest, again->digest, sizeof(record->digest)) == 0);
    }
    xf_arena_destroy(arena);
    xf_arena_destroy(other);
    return 0;
}
