/* SPDX-License-Identifier: Apache-2.0 */
/* A seeded generator of agencies' records that knows the truth: a small world of households, children, adults, premises and cars,
 * told by six feeds with the errors that people make; some 600 bytes and 2.5 mentions a record. Called by tests/bench/run and by
 * tests that need many records. Invariant: the same seed, first and count give the same bytes on any machine, so random numbers are
 * drawn one statement at a time (C leaves the order of arguments open). */
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t state;

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next(void)
{
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static unsigned below(unsigned n)
{
    return (unsigned)(next() % n);
}

static bool chance(unsigned per_cent)
{
    return below(100) < per_cent;
}

static char letter(void)
{
    return (char)('A' + (char)below(26));
}

/* A skewed choice: the square of a uniform number, so that the first of a list are common and the last rare. */
static unsigned skewed(unsigned n)
{
    uint64_t u = next() >> 40;

    return (unsigned)((u * u * n) >> 48);
}

static const char *const given_names[] = {
    "Mohammed", "Amina",   "Oliver", "Olivia",    "Harry",    "Sophie", "Jack",    "Emily", "George",  "Zara",    "Noah",
    "Grace",    "Charlie", "Fatima", "Jacob",     "Aisha",    "Thomas", "Jessica", "Oscar", "Ruby",    "William", "Chloe",
    "James",    "Ella",    "Yusuf",  "Maya",      "Leo",      "Hannah", "Alfie",   "Layla", "Henry",   "Megan",   "Ibrahim",
    "Katie",    "Daniel",  "Lucy",   "Samuel",    "Iqra",     "Joseph", "Holly",   "Adam",  "Abigail", "Jakub",   "Zofia",
    "Callum",   "Bethany", "Piotr",  "Agnieszka", "Gurpreet", "Simran", "Rhys",    "Cerys", "Ewan",    "Isla",    "Kwame",
    "Adaeze",   "Tariq",   "Nadia",  "Dylan",     "Erin",     "Marek",  "Oksana",  "Hamza", "Safiya"};
static const char *const family_names[] = {"Smith",  "Khan",  "Jones",  "Hussain",  "Taylor", "Ahmed",   "Brown",  "Patel",
                                           "Wilson", "Singh", "Walker", "Begum",    "Wright", "Akhtar",  "Green",  "Ali",
                                           "Hall",   "Kaur",  "Wood",   "Malik",    "Clarke", "Mahmood", "Hughes", "Iqbal",
                                           "Ward",   "Shah",  "Turner", "Kowalski", "Cooper", "Nowak",   "Harris", "Okafor"};
static const char *const family_heads[] = {"Ash",  "Black", "Brad", "Cal",   "Dun", "East", "Far", "Gold", "Hart",  "Hol",
                                           "Kirk", "Lang",  "Mar",  "North", "Oak", "Pen",  "Rad", "Sand", "Thorn", "Whit"};
static const char *const family_tails[] = {"ley",  "ton",  "field", "wood",   "worth", "by",    "man",   "son",
                                           "well", "ford", "ham",   "bridge", "den",   "combe", "stock", "wick"};
static const char *const streets[] = {"Northgate",       "Station Road",  "High Street", "Church Lane",
                                      "Victoria Road",   "Park Avenue",   "Mill Lane",   "Queens Road",
                                      "Manchester Road", "Bradford Road", "Leeds Road",  "Springfield Avenue",
                                      "The Crescent",    "Albert Street", "King Street", "Wakefield Road"};
static const char *const towns[] = {"Huddersfield", "Dewsbury", "Batley", "Halifax", "Bradford", "Wakefield", "Keighley", "Leeds"};
static const char *const areas[] = {"HD", "WF", "BD", "HX", "LS"};
static const char *const premises[] = {"Star Grill",  "Pizza Palace", "Golden Fry", "Best Kebab",
                                       "Corner Shop", "Royal Hotel",  "City Cars",  "Riverside Park"};
static const char *const makes[] = {"Skoda Octavia", "Toyota Prius", "Ford Focus", "Vauxhall Astra",
                                    "VW Golf",       "BMW 320",      "Audi A3",    "Nissan Leaf"};
static const char *const colours[] = {"silver", "black", "white", "blue", "grey", "red"};
#define COUNT(list) ((unsigned)(sizeof(list) / sizeof((list)[0])))
#define PICK(list) (list)[below(COUNT(list))]

enum feed { POLICE, SOCIAL_CARE, EDUCATION, HOUSING, LICENSING, HEALTH };
static const char *const feed_names[] = {"police", "social-care", "education", "housing", "licensing", "health"};

struct person {
    unsigned id, household;
    char given[24], family[32];
    int year, month, day;
    char sex;
    unsigned phone;
};

struct place {
    unsigned id, house;
    const char *street, *town, *name; /* name: premises only */
    char postcode[12];
};

struct vehicle {
    unsigned id;
    char vrm[12];
    const char *make, *colour;
};

/* Everything about an entity is a function of its number: worlds of any size need no memory. */
static struct person person_of(uint64_t seed, unsigned id, bool child)
{
    uint64_t kept = state;
    struct person person = {.id = id, .household = id / 3};

    state = seed ^ ((uint64_t)person.household << 20) ^ UINT64_C(0x1111);
    if (chance(55)) {
        snprintf(person.family, sizeof(person.family), "%s", family_names[skewed(COUNT(family_names))]);
    } else {
        const char *tail = PICK(family_tails);

        snprintf(person.family, sizeof(person.family), "%s%s", PICK(family_heads), tail);
    }
    state = seed ^ ((uint64_t)id << 24) ^ UINT64_C(0x2222);
    snprintf(person.given, sizeof(person.given), "%s", given_names[skewed(COUNT(given_names))]);
    person.year = child ? 2009 + (int)below(10) : 1960 + (int)below(46);
    person.month = 1 + (int)below(12);
    person.day = 1 + (int)below(28);
    person.sex = below(2) ? 'F' : 'M';
    person.phone = below(1000000);
    state = kept;
    return person;
}

static struct place place_of(uint64_t seed, unsigned id, bool business)
{
    uint64_t kept = state;
    struct place place = {.id = id};
    unsigned district, sector;
    char last, first;

    state = seed ^ ((uint64_t)id << 24) ^ (business ? UINT64_C(0x3333) : UINT64_C(0x4444));
    place.house = 1 + below(180);
    place.street = PICK(streets);
    place.town = PICK(towns);
    place.name = business ? PICK(premises) : NULL;
    last = letter();
    first = letter();
    sector = 1 + below(9);
    district = 1 + below(18);
    snprintf(place.postcode, sizeof(place.postcode), "%s%u %u%c%c", PICK(areas), district, sector, first, last);
    state = kept;
    return place;
}

static struct vehicle vehicle_of(uint64_t seed, unsigned id)
{
    uint64_t kept = state;
    struct vehicle vehicle = {.id = id};
    unsigned decade, year;
    char letters[3];

    state = seed ^ ((uint64_t)id << 24) ^ UINT64_C(0x5555);
    for (int i = 2; i >= 0; i--)
        letters[i] = letter();
    year = below(10);
    decade = below(8);
    snprintf(vehicle.vrm, sizeof(vehicle.vrm), "Y%c%u%u %c%c%c", letter(), decade, year, letters[0], letters[1], letters[2]);
    vehicle.make = PICK(makes);
    vehicle.colour = PICK(colours);
    state = kept;
    return vehicle;
}

/* A typing error now and then: two letters swapped, one dropped, one doubled. */
static const char *typed(const char *name, char out[40])
{
    size_t length = strlen(name);

    snprintf(out, 40, "%s", name);
    if (length < 4 || !chance(7))
        return out;
    switch (below(3)) {
    case 0: {
        size_t at = 1 + below((unsigned)length - 2);
        char swap = out[at];

        out[at] = out[at + 1];
        out[at + 1] = swap;
        break;
    }
    case 1:
        memmove(out + 2, out + 3, length - 2);
        break;
    default:
        memmove(out + 2, out + 1, length);
        break;
    }
    return out;
}

struct writer {
    FILE *outs[COUNT(feed_names)]; /* where each feed's records go */
    FILE *truth;
    const char *only; /* the one feed to tell everything, or NULL */
    /* Of the record that is being written: */
    FILE *out;
    const char *feed;
    unsigned number;
};

static void tell(const struct writer *writer, const char *ref, const char *kind, unsigned id)
{
    if (writer->truth)
        fprintf(writer->truth, "%s,%c-%u,%s,%s%u\n", writer->feed, writer->feed[0], writer->number, ref, kind, id);
}

static void put_person(const struct writer *writer, const struct person *person, const char *ref, const char *role, bool child)
{
    char given[40], family[40];
    int month = person->month, day = person->day;

    if (day <= 12 && chance(3)) {
        month = person->day;
        day = person->month;
    }
    typed(person->family, family);
    typed(person->given, given);
    fprintf(writer->out, "{\"ref\":\"%s\",\"role\":\"%s\",\"names\":[{\"given\":\"%s\",\"family\":\"%s\"}]", ref, role, given,
            family);
    if (chance(88))
        fprintf(writer->out, ",\"birth_date\":\"%04d-%02d-%02d\"", person->year, month, day);
    if (chance(80))
        fprintf(writer->out, ",\"sex\":\"%c\"", person->sex);
    if (!child && chance(25))
        fprintf(writer->out, ",\"phones\":[\"07700 %06u\"]", person->phone);
    fputc('}', writer->out);
    tell(writer, ref, child ? "child" : "adult", person->id);
}

static void put_place(const struct writer *writer, const struct place *place, const char *role, const char *type)
{
    fprintf(writer->out, "{\"ref\":\"l1\",\"role\":\"%s\",\"type\":\"%s\"", role, type);
    if (place->name)
        fprintf(writer->out, ",\"name\":\"%s\"", place->name);
    fprintf(writer->out, ",\"lines\":[\"%u %s\"],\"town\":\"%s\"", place->house, place->street, place->town);
    if (chance(90))
        fprintf(writer->out, ",\"postcode\":\"%s\"", place->postcode);
    fputc('}', writer->out);
    tell(writer, "l1", place->name ? "premises" : "home", place->id);
}

static void put_vehicle(const struct writer *writer, const struct vehicle *vehicle)
{
    fprintf(writer->out, "{\"ref\":\"v1\",\"role\":\"stopped\",\"vrm\":\"%s\",\"make\":\"%s\",\"colour\":\"%s\"}", vehicle->vrm,
            vehicle->make, vehicle->colour);
    tell(writer, "v1", "car", vehicle->id);
}

static void put_link(const struct writer *writer, const char *to, const char *type)
{
    fprintf(writer->out, ",\"links\":[{\"from\":\"p1\",\"to\":\"%s\",\"type\":\"%s\"}]", to, type);
}

static void put_head(const struct writer *writer, const char *kind, time_t when)
{
    struct tm utc;
    char text[32];

    gmtime_r(&when, &utc);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    fprintf(writer->out,
            "{\"id\":\"%c-%u\",\"kind\":\"%s\",\"occurred_at\":\"%s\",\"summary\":\"Generated record %u of the %s feed, for "
            "measurement only.\"",
            writer->feed[0], writer->number, kind, text, writer->number, writer->feed);
}

/* How many there are of each. */
struct world {
    uint64_t seed;
    unsigned children, adults, homes, businesses, cars;
};

static enum feed feed_of(unsigned kind)
{
    return kind < 45   ? POLICE
           : kind < 60 ? SOCIAL_CARE
           : kind < 75 ? EDUCATION
           : kind < 85 ? HOUSING
           : kind < 93 ? LICENSING
                       : HEALTH;
}

static void put_record(struct writer *writer, const struct world *world, time_t until)
{
    unsigned kind = below(100); /* hundredths of all records */
    struct person child = person_of(world->seed, below(world->children), true);
    struct person adult = person_of(world->seed, below(world->adults), false);
    struct place home = place_of(world->seed, child.household % world->homes, false);
    struct place shop = place_of(world->seed, below(world->businesses), true);
    struct vehicle car = vehicle_of(world->seed, below(world->cars));
    time_t when = until - (time_t)below(86400 * 365);

    writer->out = writer->outs[feed_of(kind)];
    writer->feed = writer->only ? writer->only : feed_names[feed_of(kind)];
    if (kind < 15) { /* a missing child found at premises with an adult */
        put_head(writer, "missing_episode", when);
        fputs(",\"grade\":\"2BP\",\"persons\":[", writer->out);
        put_person(writer, &child, "p1", "missing", true);
        fputc(',', writer->out);
        put_person(writer, &adult, "p2", "found_with", false);
        fputs("],\"locations\":[", writer->out);
        put_place(writer, &shop, "found_at", "takeaway");
        fputc(']', writer->out);
        put_link(writer, "l1", "found_at");
    } else if (kind < 45) { /* a car stopped with its driver */
        put_head(writer, "stop_search", when);
        fputs(",\"grade\":\"1AP\",\"persons\":[", writer->out);
        put_person(writer, &adult, "p1", "driver", false);
        fputs("],\"vehicles\":[", writer->out);
        put_vehicle(writer, &car);
        fputc(']', writer->out);
        put_link(writer, "v1", "drives");
    } else if (kind < 75) { /* a child at home, from care or school */
        put_head(writer, kind < 60 ? "cse_referral" : "absence", when);
        fputs(",\"persons\":[", writer->out);
        put_person(writer, &child, "p1", kind < 60 ? "child" : "pupil", true);
        fputc(',', writer->out);
        put_person(writer, &adult, "p2", "parent", false);
        fputs("],\"locations\":[", writer->out);
        put_place(writer, &home, "home", "dwelling");
        fputc(']', writer->out);
        put_link(writer, "l1", "resides_at");
    } else if (kind < 93) { /* an adult's tenancy or licence */
        struct place own = place_of(world->seed, adult.household % world->homes, false);

        put_head(writer, kind < 85 ? "tenancy" : "licence", when);
        fputs(",\"persons\":[", writer->out);
        put_person(writer, &adult, "p1", kind < 85 ? "tenant" : "holder", false);
        fputs("],\"locations\":[", writer->out);
        put_place(writer, &own, "home", "dwelling");
        fputc(']', writer->out);
        put_link(writer, "l1", "resides_at");
    } else { /* a child at hospital */
        put_head(writer, "health_attendance", when);
        fputs(",\"persons\":[", writer->out);
        put_person(writer, &child, "p1", "patient", true);
        fputs("],\"locations\":[", writer->out);
        put_place(writer, &home, "home", "dwelling");
        fputc(']', writer->out);
    }
    fputs("}\n", writer->out);
}

static const char help[] =
    "usage: generate [OPTION...]\n"
    "Prints records of six feeds as NDJSON; the same options give the same bytes.\n"
    "\n"
    "  --count N       so many records (1000); the world grows with it: a child to 6 records, an adult to 3\n"
    "  --first N       number of the first record (0): with one seed and count, another first gives further records of one world\n"
    "  --seed N        which world (1)\n"
    "  --until TIME    the end of the year in which all happens, in seconds since 1970 (1795000000)\n"
    "  --feed NAME     all records from this one feed\n"
    "  --split DIR     each feed's records into DIR/<feed>.ndjson instead of standard output\n"
    "  --truth FILE    also writes which entity each mention is: feed,id,ref,entity\n";

static FILE *open_file(const char *path)
{
    FILE *file = fopen(path, "we");

    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

static unsigned long long number(const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end) {
        fprintf(stderr, "generate: %s is not a whole number\n", text);
        exit(2);
    }
    return value;
}

static void open_outs(struct writer *writer, const char *split)
{
    for (unsigned i = 0; i < COUNT(writer->outs); i++) {
        char path[4096];

        writer->outs[i] = stdout;
        if (!split)
            continue;
        snprintf(path, sizeof(path), "%s/%s.ndjson", split, feed_names[i]);
        writer->outs[i] = open_file(path);
    }
}

static int close_outs(const struct writer *writer)
{
    int rc = fflush(stdout);

    for (unsigned i = 0; i < COUNT(writer->outs); i++)
        if (writer->outs[i] != stdout)
            rc |= fclose(writer->outs[i]);
    if (writer->truth)
        rc |= fclose(writer->truth);
    if (rc != 0)
        perror("generate");
    return rc == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"count", required_argument, NULL, 'n'}, {"first", required_argument, NULL, 'f'}, {"seed", required_argument, NULL, 's'},
        {"until", required_argument, NULL, 'u'}, {"feed", required_argument, NULL, 'd'},  {"split", required_argument, NULL, 'p'},
        {"truth", required_argument, NULL, 't'}, {"help", no_argument, NULL, 'h'},        {0}};
    unsigned count = 1000, first = 0;
    time_t until = 1795000000;
    struct world world = {.seed = 1};
    struct writer writer = {0};
    const char *split = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'n':
            count = (unsigned)number(optarg);
            break;
        case 'f':
            first = (unsigned)number(optarg);
            break;
        case 's':
            world.seed = number(optarg);
            break;
        case 'u':
            until = (time_t)number(optarg);
            break;
        case 'd':
            writer.only = optarg;
            break;
        case 'p':
            split = optarg;
            break;
        case 't':
            writer.truth = open_file(optarg);
            break;
        default:
            fputs(help, option == 'h' ? stdout : stderr);
            return option == 'h' ? 0 : 2;
        }
    }
    open_outs(&writer, split);
    world.children = count / 6 + 10;
    world.adults = count / 3 + 10;
    world.homes = count / 4 + 10;
    world.businesses = count / 200 + 10;
    world.cars = count / 8 + 10;
    state = world.seed * UINT64_C(0x2545f4914f6cdd1d) + first;
    for (unsigned i = 0; i < count; i++) {
        writer.number = first + i;
        put_record(&writer, &world, until);
    }
    return close_outs(&writer);
}
