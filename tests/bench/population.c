/* SPDX-License-Identifier: Apache-2.0 */
/* A seeded population and what forms, clerks and years make of it. Used by the linkage benches and, as a program, to write CSV.
 * Households of some 2.4 share surname, address and telephone; names are as frequent as a power law has it; each person is told 1
 * to 5 times, 2 on average, with errors of typing, nicknames, old addresses and gaps. Invariant: a mention is a function of the
 * count, the seed and its slot (person and place among the person's mentions), and slots come in an order that is a bijection of
 * their numbers: nothing is stored, and no two mentions of one person stand together. Integers only, so that every machine tells
 * the same. */
#include "population.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAMILIES 20000
#define GIVENS 5000
#define STREETS 3000
#define TOWNS 300
#define SLOTS 5 /* places of a person: the most mentions */

/* The share of a rank is proportional to 1 / (rank + FLAT): the first surname has some 1.2 per cent, as Smith does. */
#define FLAT 10

struct table {
    uint32_t count;
    char (*texts)[POPULATION_TEXT];
    uint64_t *sums; /* of the shares */
};

struct population {
    uint64_t seed, persons, left, next_id;
    uint64_t at;   /* the next slot's number, before it is shuffled */
    uint32_t bits; /* slots are numbered below 2^bits; those behind the last are passed over */
    struct table families, givens;
};

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint32_t below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((next(state) >> 32) * n >> 32);
}

static bool chance(uint64_t *state, uint32_t per_cent)
{
    return below(state, 100) < per_cent;
}

/* A stream of its own for one thing of a population. */
static uint64_t stream(const struct population *population, uint64_t what, uint64_t number)
{
    uint64_t state = population->seed ^ what * UINT64_C(0xd1342543de82ef95);

    state = next(&state) ^ number;
    return next(&state);
}

enum what { OF_PERSON = 1, OF_HOUSEHOLD, OF_MENTION, OF_POSTCODE };

static const char *const families[] = {
    "smith",   "jones",    "taylor",  "brown",    "williams", "wilson",  "johnson",  "davies",   "patel",      "robinson",
    "wright",  "thompson", "evans",   "walker",   "white",    "roberts", "green",    "hall",     "thomas",     "clarke",
    "jackson", "wood",     "harris",  "edwards",  "turner",   "martin",  "cooper",   "hill",     "ward",       "hughes",
    "moore",   "clark",    "king",    "harrison", "lewis",    "baker",   "lee",      "allen",    "morris",     "khan",
    "scott",   "watson",   "davis",   "parker",   "james",    "bennett", "young",    "phillips", "richardson", "mitchell",
    "bailey",  "carter",   "cook",    "singh",    "shaw",     "bell",    "collins",  "morgan",   "kelly",      "begum",
    "miller",  "cox",      "hussain", "marshall", "simpson",  "price",   "anderson", "adams",    "wilkinson",  "ali",
    "ahmed",   "foster",   "ellis",   "murphy",   "chapman",  "mason",   "gray",     "richards", "webb",       "rogers",
    "hunt",    "mills",    "holmes",  "palmer",   "matthews", "kaur",    "fisher",   "barnes",   "knight",     "lloyd",
    "butler",  "barker",   "russell", "dixon",    "stevens",  "jenkins", "o'brien",  "kowalski", "nowak",
};

/* Girls' and boys' in turn; the nickname behind. */
static const char *const givens[][2] = {
    {"olivia", "liv"},      {"oliver", "ollie"},    {"emily", "em"},       {"george", NULL},      {"amelia", "millie"},
    {"harry", NULL},        {"jessica", "jess"},    {"jack", NULL},        {"isabella", "bella"}, {"jacob", "jake"},
    {"sophie", NULL},       {"charles", "charlie"}, {"grace", NULL},       {"thomas", "tom"},     {"charlotte", "lottie"},
    {"james", "jim"},       {"elizabeth", "liz"},   {"william", "bill"},   {"alice", NULL},       {"joshua", "josh"},
    {"ruby", NULL},         {"mohammed", "mo"},     {"lucy", NULL},        {"daniel", "dan"},     {"megan", "meg"},
    {"samuel", "sam"},      {"hannah", NULL},       {"joseph", "joe"},     {"rebecca", "becky"},  {"benjamin", "ben"},
    {"katherine", "kate"},  {"alexander", "alex"},  {"sarah", NULL},       {"matthew", "matt"},   {"margaret", "maggie"},
    {"robert", "bob"},      {"susan", "sue"},       {"richard", "dick"},   {"patricia", "pat"},   {"michael", "mike"},
    {"christine", "chris"}, {"david", "dave"},      {"jennifer", "jenny"}, {"andrew", "andy"},    {"nicola", "nicky"},
    {"anthony", "tony"},    {"victoria", "vicky"},  {"stephen", "steve"},  {"aisha", NULL},       {"imran", NULL},
    {"fatima", NULL},       {"yusuf", NULL},        {"zofia", NULL},       {"tomasz", NULL},      {"priya", NULL},
    {"arjun", NULL},        {"deborah", "debbie"},  {"edward", "ted"},     {"samantha", "sam"},   {"christopher", "chris"},
};

#define LISTED_FAMILIES (sizeof(families) / sizeof(*families))
#define LISTED_GIVENS (sizeof(givens) / sizeof(*givens))

/* The number-th word of syllables; a few numbers give one word. */
static void compose(uint32_t number, char text[static POPULATION_TEXT], bool family)
{
    static const char *const heads[] = {"ba", "be",  "bri", "ca", "ce", "cha", "da", "de", "do", "e",  "fa", "fe",
                                        "fi", "ga",  "gra", "ha", "he", "ho",  "ja", "ka", "ke", "ki", "la", "le",
                                        "li", "ma",  "me",  "mi", "na", "ni",  "o",  "pa", "pe", "ra", "re", "ro",
                                        "sa", "sha", "si",  "ta", "te", "u",   "va", "wa", "wi", "ya", "za"};
    static const char *const middles[] = {"", "bi", "cki", "dle", "ga", "lli", "mi", "nde", "rra", "rti", "sto", "tha"};
    static const char *const ends[2][12] = {
        {"n", "na", "ra", "th", "lia", "ya", "ron", "sh", "vin", "x", "der", "min"},
        {"ton", "ley", "ski", "son", "man", "field", "well", "worth", "by", "ford", "der", "kins"},
    };
    uint32_t head = number % (sizeof(heads) / sizeof(*heads)), rest = number / (sizeof(heads) / sizeof(*heads));
    uint32_t end = rest % 12, middle = rest / 12 % 12, further = rest / 144;

    snprintf(text, POPULATION_TEXT, "%s%s%s%s", heads[head], middles[middle], further ? middles[1 + (further - 1) % 11] : "",
             ends[family][end]);
}

static bool fill_table(struct table *table, uint32_t count, bool family)
{
    uint64_t sum = 0;

    table->count = count;
    table->texts = calloc(count, sizeof(*table->texts));
    table->sums = calloc(count, sizeof(*table->sums));
    if (!table->texts || !table->sums)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (i < (family ? LISTED_FAMILIES : LISTED_GIVENS))
            snprintf(table->texts[i], sizeof(table->texts[i]), "%s", family ? families[i] : givens[i][0]);
        else
            compose(i, table->texts[i], family);
        sum += (UINT64_C(1) << 32) / (i + FLAT);
        table->sums[i] = sum;
    }
    return true;
}

static uint32_t draw(const struct table *table, uint64_t *state)
{
    uint64_t total = table->sums[table->count - 1], wanted = (next(state) >> 20) * (total >> 20) >> 24;
    uint32_t low = 0, high = table->count - 1;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (table->sums[middle] <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct population *population_create(uint64_t count, uint64_t seed)
{
    struct population *population = calloc(1, sizeof(*population));

    if (!population)
        return NULL;
    population->seed = seed;
    population->left = count;
    population->persons = count / 2 + 100; /* 2.04 mentions each */
    for (population->bits = 8; (UINT64_C(1) << population->bits) < population->persons * SLOTS;)
        population->bits++;
    if (!fill_table(&population->families, FAMILIES, true) || !fill_table(&population->givens, GIVENS, false)) {
        population_destroy(population);
        return NULL;
    }
    return population;
}

void population_destroy(struct population *population)
{
    if (!population)
        return;
    free(population->families.texts);
    free(population->families.sums);
    free(population->givens.texts);
    free(population->givens.sums);
    free(population);
}

static uint64_t shuffle(const struct population *population, uint64_t number)
{
    uint64_t mask = (UINT64_C(1) << population->bits) - 1;

    number = (number + population->seed) & mask;
    for (int i = 0; i < 3; i++) { /* each step is its own inverse's kind: a shift within the bits, an odd factor */
        number ^= number >> (population->bits / 2);
        number = number * UINT64_C(0x9e3779b97f4a7c15) & mask;
    }
    return number ^ number >> (population->bits / 2);
}

static uint32_t mentions_of(uint64_t *state)
{
    uint32_t drawn = below(state, 100);

    return drawn < 42 ? 1 : drawn < 72 ? 2 : drawn < 87 ? 3 : drawn < 95 ? 4 : 5;
}

static void write_postcode(uint64_t number, char text[static 12])
{
    static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ"; /* those of an inward code */
    uint64_t outcode = number / 4000, inward = number % 4000;

    snprintf(text, 12, "%c%c%u %u%c%c", 'A' + (char)(outcode % 26), 'A' + (char)(outcode / 26 % 26),
             (unsigned)(outcode / 676 % 20 + 1), (unsigned)(inward / 400), letters[inward / 20 % 20], letters[inward % 20]);
}

/* House, street, town and postcode: 17 households, some 40 people, to a postcode. */
static void tell_address(const struct population *population, uint64_t household, struct population_row *row)
{
    static const char *const kinds[] = {"street", "road", "avenue", "close", "lane", "drive"};
    uint64_t postcode = household / 17, state = stream(population, OF_POSTCODE, postcode);
    uint32_t street = below(&state, STREETS), town = (uint32_t)(postcode / 400 % TOWNS);
    char name[POPULATION_TEXT];

    compose(street, name, true);
    snprintf(row->street, sizeof(row->street), "%.28s %s", name, kinds[street % 6]);
    compose(town * 37 + 5, row->town, true);
    snprintf(row->house, sizeof(row->house), "%u", (unsigned)(household % 17 * 2 + 1 + below(&state, 40)));
    write_postcode(postcode, row->postcode);
}

/* One error of typing in a word. */
static void mistype(uint64_t *state, char text[static POPULATION_TEXT])
{
    uint32_t length = (uint32_t)strlen(text), at;
    char letter = (char)('a' + (char)below(state, 26));

    if (length < 3 || length + 2 > POPULATION_TEXT)
        return;
    at = below(state, length);
    switch (below(state, 4)) {
    case 0:
        memmove(text + at, text + at + 1, length - at);
        break;
    case 1:
        memmove(text + at + 1, text + at, length - at + 1);
        text[at] = letter;
        break;
    case 2:
        text[at] = letter;
        break;
    default:
        at = at + 1 < length ? at : length - 2;
        letter = text[at];
        text[at] = text[at + 1];
        text[at + 1] = letter;
        break;
    }
}

static void write_nhs(uint64_t number, char text[static 12])
{
    for (;; number++) {
        uint32_t sum = 0, check;

        snprintf(text, 12, "4%08u", (unsigned)(number % 100000000));
        for (int i = 0; i < 9; i++)
            sum += (uint32_t)(text[i] - '0') * (uint32_t)(10 - i);
        check = (11 - sum % 11) % 11;
        if (check == 10)
            continue;
        text[9] = (char)('0' + (char)check);
        text[10] = '\0';
        return;
    }
}

static uint32_t misdate(uint64_t *state, uint32_t date)
{
    uint32_t day = date % 100, month = date / 100 % 100, year = date / 10000;

    if (chance(state, 2) && day <= 12)
        return year * 10000 + day * 100 + month;
    if (!chance(state, 4))
        return date;
    switch (below(state, 3)) {
    case 0:
        return (year + (year % 10 ? -1U : 1U)) * 10000 + month * 100 + day;
    case 1:
        return year * 10000 + (month % 9 + 1) * 100 + day;
    default:
        return year * 10000 + month * 100 + (day / 10 < 2 ? day / 10 * 10 + (day % 10 + 1) % 9 + 1 : day - 10);
    }
}

/* What is true of a person, and what a mention makes of it. */
static void tell(const struct population *population, uint64_t person, uint32_t place, struct population_row *row)
{
    uint64_t household = person * 5 / 12, home = stream(population, OF_HOUSEHOLD, household);
    uint64_t truth = stream(population, OF_PERSON, person), state = stream(population, OF_MENTION, person * SLOTS + place);
    uint32_t family = draw(&population->families, &home), own = draw(&population->families, &truth), given;
    uint32_t former = draw(&population->families, &truth), male = below(&truth, 2), number;
    uint64_t old_home = (next(&truth) >> 16) % (population->persons * 5 / 12 + 1);
    bool has_phone, has_nhs;

    given = draw(&population->givens, &truth);
    given = (given & ~1U) + male < GIVENS ? (given & ~1U) + male : given;
    row->entity = person;
    row->birth_date = (1935 + below(&truth, 90)) * 10000 + (1 + below(&truth, 12)) * 100 + 1 + below(&truth, 28);
    has_phone = chance(&truth, 60);
    has_nhs = chance(&truth, 10);
    if (chance(&truth, 25))
        family = own;
    number = below(&truth, 100000000);

    snprintf(row->given, sizeof(row->given), "%s", population->givens.texts[given]);
    snprintf(row->family, sizeof(row->family), "%s", population->families.texts[chance(&state, 3) ? former : family]);
    if (chance(&state, 5) && given < LISTED_GIVENS && givens[given][1])
        snprintf(row->given, sizeof(row->given), "%s", givens[given][1]);
    if (chance(&state, 15))
        mistype(&state, chance(&state, 50) ? row->given : row->family);
    if (chance(&state, 1)) {
        char kept[POPULATION_TEXT];

        memcpy(kept, row->given, sizeof(kept));
        memcpy(row->given, row->family, sizeof(kept));
        memcpy(row->family, kept, sizeof(kept));
    }
    row->birth_date = misdate(&state, row->birth_date);
    snprintf(row->sex, sizeof(row->sex), "%s", male ? "m" : "f");
    tell_address(population, chance(&state, 20) ? old_home : household, row);
    row->phone[0] = row->nhs[0] = '\0';
    if (has_phone && !chance(&state, 10))
        snprintf(row->phone, sizeof(row->phone), "+4477%08u", number);
    if (has_nhs)
        write_nhs(person * 61 + number % 61, row->nhs);
    if (chance(&state, 10))
        row->given[0] = '\0';
    if (chance(&state, 10))
        row->birth_date = 0;
    if (chance(&state, 10))
        row->sex[0] = '\0';
    if (chance(&state, 10))
        row->house[0] = row->street[0] = '\0';
    if (chance(&state, 10))
        row->town[0] = '\0';
    if (chance(&state, 10))
        row->postcode[0] = '\0';
}

bool population_next(struct population *population, struct population_row *ret)
{
    uint64_t slots = UINT64_C(1) << population->bits;

    while (population->left && population->at < slots) {
        uint64_t slot = shuffle(population, population->at++), person = slot / SLOTS, state;

        if (person >= population->persons)
            continue;
        state = stream(population, OF_MENTION, ~person);
        if (slot % SLOTS >= mentions_of(&state))
            continue;
        tell(population, person, (uint32_t)(slot % SLOTS), ret);
        ret->id = population->next_id++;
        population->left--;
        return true;
    }
    return false;
}

#ifdef POPULATION_PROGRAM
int main(int argc, char **argv)
{
    struct population *population;
    struct population_row row;

    if (argc != 3) {
        fprintf(stderr,
                "usage: %s COUNT SEED > FILE\nWrites COUNT mentions of invented persons as CSV; entity tells who they are.\n",
                argv[0]);
        return 2;
    }
    population = population_create(strtoull(argv[1], NULL, 10), strtoull(argv[2], NULL, 10));
    if (!population)
        return 1;
    puts("id,given,family,birth_date,sex,house_number,street,town,postcode,phone,nhs,entity");
    while (population_next(population, &row)) {
        char date[16] = "";

        if (row.birth_date)
            snprintf(date, sizeof(date), "%04u-%02u-%02u", row.birth_date / 10000, row.birth_date / 100 % 100,
                     row.birth_date % 100);
        printf("%llu,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%llu\n", (unsigned long long)row.id, row.given, row.family, date, row.sex,
               row.house, row.street, row.town, row.postcode, row.phone, row.nhs, (unsigned long long)row.entity);
    }
    population_destroy(population);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
#endif
