/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a person's mention: its names, each a group; birth date, sex, identifiers; the addresses of the locations where the
 * record says that it lives; telephones, e-mail, accounts. Called by mention.c. Invariant: two spellings that normalisation makes
 * equal give one value. */
#include <stdio.h>
#include <string.h>

#include "crossflag/identifier.h"
#include "crossflag/normalise.h"
#include "filling.h"
#include "words.h"

#define NAMES_MAX 32 /* further names of one person are left out */

/* O Brien, Mc Donald, D Souza, as O'Brien, McDonald and D'Souza come out. */
static void join_prefix(char *family)
{
    static const char *const prefixes[] = {"d", "mac", "mc", "o"};
    char *space = strchr(family, ' ');

    if (!space)
        return;
    *space = '\0';
    if (xf_words_in(prefixes, sizeof(prefixes) / sizeof(prefixes[0]), family))
        memmove(space, space + 1, strlen(space + 1) + 1);
    else
        *space = ' ';
}

/* Words that belong to the family name behind them: van der Berg, al Hassan, bin Laden. */
static bool is_particle(const char *word, size_t length)
{
    static const char *const particles[] = {"al",  "ap", "bin", "da",  "de", "del", "den", "der", "di",  "dos", "du", "el",
                                            "ibn", "la", "le",  "mac", "mc", "o",   "st",  "ten", "ter", "van", "von"};
    char text[8] = {0};

    if (length >= sizeof(text))
        return false;
    memcpy(text, word, length);
    return xf_words_in(particles, sizeof(particles) / sizeof(particles[0]), text);
}

/* Splits normalised words before the last one and the particles before it; the first word stays a given name. given and family may
 * be empty. */
static void split_full_name(const char *words, char given[static XF_NORMAL_TEXT], char family[static XF_NORMAL_TEXT])
{
    const char *last = strrchr(words, ' ');

    *given = '\0';
    if (!last) {
        strcpy(family, words);
        return;
    }
    for (;;) {
        const char *before = last;

        while (before > words && before[-1] != ' ')
            before--;
        if (before == words || !is_particle(before, (size_t)(last - before)))
            break;
        last = before - 1;
    }
    memcpy(given, words, (size_t)(last - words));
    given[last - words] = '\0';
    strcpy(family, last + 1);
}

/* What follows a name behind a comma without being a part of it: 1st Baronet, Earl of Derby, Jr, QC. */
static bool is_style(const char *text)
{
    static const char *const ranks[] = {"baron", "baroness", "baronet", "bart", "bt", "count",    "countess",   "duchess",
                                        "duke",  "earl",     "esq",     "jnr",  "jr", "kc",       "lady",       "lord",
                                        "mp",    "phd",      "qc",      "snr",  "sr", "viscount", "viscountess"};
    char words[XF_NORMAL_TEXT];

    text += strspn(text, " ");
    if (*text >= '0' && *text <= '9')
        return true;
    xf_words_fold(text, XF_WORDS_NAME, words, sizeof(words));
    words[strcspn(words, " ")] = '\0';
    return xf_words_in(ranks, sizeof(ranks) / sizeof(ranks[0]), words);
}

/* A name in one piece, in either order: John Smith; SMITH, John; John Smith, 1st Baronet. */
static void read_full_name(const char *full, char given[static XF_NORMAL_TEXT], char family[static XF_NORMAL_TEXT],
                           char words[static XF_NORMAL_TEXT])
{
    const char *comma = strchr(full, ',');
    char before[XF_NORMAL_TEXT * 2];

    if (!comma || comma - full >= (long)sizeof(before)) {
        xf_normalise_name(full, words);
        split_full_name(words, given, family);
        return;
    }
    memcpy(before, full, (size_t)(comma - full));
    before[comma - full] = '\0';
    if (is_style(comma + 1)) {
        xf_normalise_name(before, words);
        split_full_name(words, given, family);
        return;
    }
    xf_normalise_name(before, family);
    xf_normalise_name(comma + 1, given);
    snprintf(before, sizeof(before), "%s%s%s", given, *given && *family ? " " : "", family);
    snprintf(words, XF_NORMAL_TEXT, "%.*s", XF_NORMAL_TEXT - 1, before);
}

static uint32_t symbol_in(const struct xf_mention *mention, enum xf_field field, uint8_t group)
{
    for (int i = mention->count; i-- > 0;)
        if (mention->values[i].field == field && mention->values[i].group == group)
            return mention->values[i].symbol;
    return 0;
}

/* Whether an earlier group tells the same name. */
static bool name_is_known(const struct xf_mention *mention, uint8_t group)
{
    for (uint8_t other = 0; other < group; other++)
        if (symbol_in(mention, XF_FIELD_GIVEN, other) == symbol_in(mention, XF_FIELD_GIVEN, group) &&
            symbol_in(mention, XF_FIELD_FAMILY, other) == symbol_in(mention, XF_FIELD_FAMILY, group))
            return true;
    return false;
}

static void put_names(struct xf_filling *filling, const struct xf_person *person)
{
    uint8_t group = 0;

    for (size_t i = 0; i < person->name_count && group < NAMES_MAX; i++) {
        const struct xf_name *name = &person->names[i];
        uint16_t start = filling->mention->count;
        char given[XF_NORMAL_TEXT], family[XF_NORMAL_TEXT], full[XF_NORMAL_TEXT] = "";

        xf_normalise_name(name->given, given);
        xf_normalise_name(name->family, family);
        if (!*given && !*family && name->full)
            read_full_name(name->full, given, family, full);
        join_prefix(family);
        xf_filling_put(filling, XF_FIELD_GIVEN, group, 0, NULL, given);
        xf_filling_put(filling, XF_FIELD_FAMILY, group, 0, NULL, family);
        xf_filling_put(filling, XF_FIELD_FULL_NAME, group, 0, NULL, full);
        if (filling->mention->count == start)
            continue;
        if (name_is_known(filling->mention, group))
            filling->mention->count = start;
        else
            group++;
    }
}

/* Dates that systems fill in when they know none: the oldest that spreadsheets and databases can hold. */
static bool is_filled_in(xf_date date)
{
    return date == 19000101 || date == 19000100 || date == 18991230 || date == 18991231 || date == 17530101;
}

/* As the NHS Data Dictionary's and ISO 5218's codes, words, or letters say. */
static const char *sex_of(const char *text)
{
    char word[XF_NORMAL_TEXT];

    xf_normalise_text(text, word);
    if (strcmp(word, "f") == 0 || strcmp(word, "female") == 0 || strcmp(word, "2") == 0 || strcmp(word, "girl") == 0 ||
        strcmp(word, "woman") == 0)
        return "f";
    if (strcmp(word, "m") == 0 || strcmp(word, "male") == 0 || strcmp(word, "1") == 0 || strcmp(word, "boy") == 0 ||
        strcmp(word, "man") == 0)
        return "m";
    return NULL;
}

static void put_ids(struct xf_filling *filling, const struct xf_person *person)
{
    for (size_t i = 0; i < person->id_count; i++) {
        const struct xf_identifier *id = &person->ids[i];
        char scheme[XF_NORMAL_TEXT], canonical[XF_IDENTIFIER_TEXT];
        enum xf_identifier_quality quality;

        if (!id->scheme || !id->value || !xf_words_fold(id->scheme, XF_WORDS_TEXT, scheme, sizeof(scheme)))
            continue;
        quality = xf_identifier_check(scheme, id->value, filling->year, canonical);
        if (quality != XF_IDENTIFIER_PLACEHOLDER)
            xf_filling_put(filling, XF_FIELD_ID, 0, quality == XF_IDENTIFIER_INVALID ? XF_VALUE_WEAK : 0, scheme, canonical);
    }
}

/* What people call the services, to the one name under which their handles meet. */
static const char *service_name(const char *words)
{
    static const char *const names[][2] = {
        {"fb", "facebook"},        {"face book", "facebook"}, {"ig", "instagram"}, {"insta", "instagram"},    {"snap", "snapchat"},
        {"snap chat", "snapchat"}, {"tik tok", "tiktok"},     {"twitter", "x"},    {"whats app", "whatsapp"}, {"yt", "youtube"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(words, names[i][0]) == 0)
            return names[i][1];
    return words;
}

/* The handle itself, in lower case: without @, without the address of the page that shows it. */
static size_t read_handle(const char *text, char out[static XF_NORMAL_TEXT])
{
    const char *page = strstr(text, "://") ? strrchr(text, '/') + 1 : text;
    size_t length = 0;

    page += strspn(page, " \t@");
    for (; page[length] && length < XF_NORMAL_TEXT - 1; length++)
        out[length] = page[length] >= 'A' && page[length] <= 'Z' ? (char)(page[length] + 32) : page[length];
    while (length && (out[length - 1] == ' ' || out[length - 1] == '\t'))
        length--;
    out[length] = '\0';
    return length;
}

static void put_accounts(struct xf_filling *filling, const struct xf_person *person)
{
    for (size_t i = 0; i < person->account_count; i++) {
        const struct xf_account *account = &person->accounts[i];
        char service[XF_NORMAL_TEXT], handle[XF_NORMAL_TEXT], words[XF_NORMAL_TEXT];

        if (account->service && account->handle && xf_normalise_text(account->service, service) &&
            read_handle(account->handle, handle) && xf_normalise_text(handle, words))
            xf_filling_put(filling, XF_FIELD_ACCOUNT, 0, 0, service_name(service), handle);
    }
}

static bool is_residence(const struct xf_link *link)
{
    return strcmp(link->type, "resides_at") == 0 || strcmp(link->type, "tenant_of") == 0;
}

/* Whether a link says that the person lives at the location; SIZE_MAX: at any. */
static bool lives_at(const struct xf_record *record, size_t person, size_t location)
{
    for (size_t i = 0; i < record->link_count; i++) {
        const struct xf_link *link = &record->links[i];
        struct xf_end from = link->from.kind == XF_PERSON ? link->from : link->to;
        struct xf_end to = link->from.kind == XF_PERSON ? link->to : link->from;

        if (from.kind == XF_PERSON && to.kind == XF_LOCATION && from.index == person &&
            (location == SIZE_MAX || to.index == location) && is_residence(link))
            return true;
    }
    return false;
}

/* Roles whose bearer lives at the record's location of role home, when no link says otherwise. */
static bool is_at_home(const char *role)
{
    static const char *const roles[] = {"applicant", "carer", "child",   "holder",  "missing", "parent",
                                        "patient",   "pupil", "sibling", "subject", "tenant"};

    return role && xf_words_in(roles, sizeof(roles) / sizeof(roles[0]), role);
}

static void put_homes(struct xf_filling *filling, size_t person)
{
    const struct xf_record *record = filling->record;
    bool linked = lives_at(record, person, SIZE_MAX);
    uint8_t group = 0;

    if (!linked && !is_at_home(record->persons[person].role))
        return;
    for (size_t i = 0; i < record->location_count; i++) {
        const struct xf_location *location = &record->locations[i];
        char premises[XF_NORMAL_TEXT];

        if (linked ? !lives_at(record, person, i) : !location->role || strcmp(location->role, "home") != 0)
            continue;
        xf_normalise_text(location->name, premises);
        xf_filling_put_address(filling, location, group++, premises);
    }
}

void xf_filling_person(struct xf_filling *filling, size_t index)
{
    const struct xf_person *person = &filling->record->persons[index];
    char text[XF_NORMAL_TEXT];

    put_names(filling, person);
    if (person->birth_date && !is_filled_in(person->birth_date))
        xf_filling_put_number(filling, XF_FIELD_BIRTH_DATE, person->birth_date);
    if (person->sex)
        xf_filling_put(filling, XF_FIELD_SEX, 0, 0, NULL, sex_of(person->sex));
    put_ids(filling, person);
    put_homes(filling, index);
    for (size_t i = 0; i < person->phone_count; i++)
        if (xf_normalise_phone(person->phones[i], text))
            xf_filling_put(filling, XF_FIELD_PHONE, 0, 0, NULL, text);
    for (size_t i = 0; i < person->email_count; i++)
        if (xf_normalise_email(person->emails[i], text))
            xf_filling_put(filling, XF_FIELD_EMAIL, 0, 0, NULL, text);
    put_accounts(filling, person);
}
