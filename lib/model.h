/* SPDX-License-Identifier: Apache-2.0 */
/* A model's inside: what score.c, block.c and cluster.c read. The comparisons and their levels are fixed here, in the order of the
 * enums; the file gives their weights. All numbers are integers: bits are thousandths, frequencies are rarities (minus the base-2
 * logarithm, in thousandths). */
#ifndef XF_LIB_MODEL_H
#define XF_LIB_MODEL_H

#include "crossflag/mention.h"
#include "crossflag/model.h"
#include "vec.h"

enum xf_person_comparison {
    XF_PERSON_GIVEN,
    XF_PERSON_FAMILY,
    XF_PERSON_NAME,
    XF_PERSON_BIRTH_DATE,
    XF_PERSON_SEX,
    XF_PERSON_ID,
    XF_PERSON_ADDRESS,
    XF_PERSON_PHONE,
    XF_PERSON_EMAIL,
    XF_PERSON_ACCOUNT,
    XF_PERSON_COMPARISONS,
};
/* How two given names, or two family names, compare; the order is that of strength. */
enum xf_part_level {
    XF_PART_EXACT,
    XF_PART_EQUIVALENT, /* a nickname of the same name, or of one sound and nearly one spelling */
    XF_PART_SIMILAR,    /* within a typing error (Jaro–Winkler .92), or one of the other's two */
    XF_PART_INITIAL,
    XF_PART_RESEMBLING, /* Jaro–Winkler .80 or better */
    XF_PART_DIFFERENT,
    XF_PART_LEVELS,
};
/* Given and family name together: what the two tell beyond what each tells, for in life they go together. */
enum xf_name_level {
    XF_NAME_EXACT,
    XF_NAME_SWAPPED,     /* given as family and family as given: this level alone counts */
    XF_NAME_EQUIVALENT,  /* each equivalent or better */
    XF_NAME_SIMILAR,     /* each similar or better */
    XF_NAME_INITIAL,     /* family equivalent or better, given an initial of the other */
    XF_NAME_GIVEN_ONLY,  /* given equivalent or better, and one side has no family name */
    XF_NAME_FAMILY_ONLY, /* family equivalent or better, and one side has no given name */
    XF_NAME_RESEMBLING,  /* each resembling or better */
    XF_NAME_FAMILY,      /* family similar or better, given clearly different: a sibling's pair */
    XF_NAME_GIVEN,       /* given equivalent or better, family clearly different */
    XF_NAME_DIFFERENT,
    XF_NAME_LEVELS,
};
enum xf_birth_date_level {
    XF_BIRTH_EXACT,
    XF_BIRTH_SWAPPED,       /* day and month exchanged */
    XF_BIRTH_DIGIT,         /* one digit off, in one decade */
    XF_BIRTH_DECADE,        /* one digit off, the decade's or the century's */
    XF_BIRTH_YEARS,         /* both sides know the year only (or a placeholder 01-01); equal */
    XF_BIRTH_YEARS_DIGIT,   /* the same; one digit off, more than a year apart */
    XF_BIRTH_PARTIAL_MONTH, /* one side knows no day; year and month equal */
    XF_BIRTH_PARTIAL_YEAR,  /* one side does; equal */
    XF_BIRTH_MONTH,         /* year and month equal, the day differs */
    XF_BIRTH_YEAR,          /* year equal */
    XF_BIRTH_NEAR,          /* years differ by one */
    XF_BIRTH_DIFFERENT,
    XF_BIRTH_GENERATION, /* more than twelve years apart: a parent's pair */
    XF_BIRTH_LEVELS,
};
enum xf_id_level {
    XF_ID_NATIONAL, /* of a scheme that a whole country numbers its people by */
    XF_ID_EQUAL,    /* of any other: two agencies may both have a case 1234 */
    XF_ID_CLOSE,    /* one character off */
    XF_ID_DIFFERENT,
    XF_ID_LEVELS,
};
enum xf_equal_level { XF_EQUAL, XF_UNEQUAL, XF_EQUAL_LEVELS };
enum xf_person_address_level {
    XF_HOME_UPRN,
    XF_HOME_HOUSE,     /* house (and flat) and postcode, or house, street and town */
    XF_HOME_STREET,    /* house and street, postcodes or towns differing */
    XF_HOME_POSTCODE,  /* postcode; no house number on one side */
    XF_HOME_MISSPELT,  /* postcodes one character apart */
    XF_HOME_NEIGHBOUR, /* postcode equal, house or flat known to differ */
    XF_HOME_SECTOR,
    XF_HOME_OUTCODE,
    XF_HOME_TOWN, /* town; no postcode on one side */
    XF_HOME_AREA, /* the letters that postcodes begin with */
    XF_HOME_DIFFERENT,
    XF_HOME_LEVELS,
};

enum xf_location_comparison {
    XF_LOCATION_ADDRESS,
    XF_LOCATION_HOUSE, /* this and the next three: what to take from or add to the address's level */
    XF_LOCATION_STREET,
    XF_LOCATION_UNIT,
    XF_LOCATION_WORDS,
    XF_LOCATION_NAME,
    XF_LOCATION_DISTANCE,
    XF_LOCATION_TYPE,
    XF_LOCATION_COMPARISONS
};
enum xf_location_address_level {
    XF_PLACE_UPRN,
    XF_PLACE_HOUSE_STREET, /* house, street and postcode */
    XF_PLACE_HOUSE,        /* house and postcode, no street on one side, or another */
    XF_PLACE_STREET_TOWN,  /* house, street and town, no postcode on one side */
    XF_PLACE_OUTCODE,      /* house and street, postcodes of one outcode or one character apart */
    XF_PLACE_BARE,         /* house and street, neither postcode nor town to compare */
    XF_PLACE_STREET,       /* street and postcode, no house on one side */
    XF_PLACE_POSTCODE,
    XF_PLACE_NEIGHBOUR, /* one postcode or street, houses differ */
    XF_PLACE_DIFFERENT,
    XF_PLACE_UPRN_DIFFERENT,
    XF_PLACE_LEVELS,
};
/* Of houses that are one: the level that is not a plain equality. */
enum xf_house_level {
    XF_HOUSE_EQUAL = -1,
    XF_HOUSE_RANGE,   /* 23 in 21-29 */
    XF_HOUSE_LETTER,  /* 3 and 3a, each with a flat */
    XF_HOUSE_MISSING, /* one side has no number: beside another without */
    XF_HOUSE_LEVELS,
    XF_HOUSE_DIFFERENT = XF_HOUSE_LEVELS, /* tells the address's level instead */
};
enum xf_street_level {
    XF_STREET_EQUAL = -1,
    XF_STREET_SPELLING, /* north gate, northgate; a typing error */
    XF_STREET_KIND,     /* rainbow lane, rainbow road, rainbow */
    XF_STREET_WITHIN,   /* the words of one are among the other's, or stand elsewhere in its address */
    XF_STREET_DIFFERENT,
    XF_STREET_LEVELS,
};
/* The unit inside one house. */
enum xf_unit_level {
    XF_UNIT_EQUAL,
    XF_UNIT_WRITTEN,   /* the same, written otherwise: flat a 3, 3a; basement, lower ground floor */
    XF_UNIT_OVERLAP,   /* first floor; a, first and second floors */
    XF_UNIT_INFERRED,  /* flat b, flat 2; top floor, first floor */
    XF_UNIT_UNCERTAIN, /* flat b, first floor: may be one, may be not */
    XF_UNIT_MISSING,   /* one side is the house: its parent, or the same told less exactly */
    XF_UNIT_DIFFERENT,
    XF_UNIT_LEVELS,
};
/* The words beside number, unit and street; each level but the last counts by its share of them. */
enum xf_place_words_level {
    XF_PLACE_WORDS_AGREEING,
    XF_PLACE_WORDS_LEFT_OUT,
    XF_PLACE_WORDS_DIFFERING,
    XF_PLACE_WORDS_PARTS,
    XF_PLACE_WORDS_LEVELS
};
enum xf_premises_level {
    XF_PREMISES_EXACT,
    XF_PREMISES_SIMILAR,
    XF_PREMISES_WITHIN /* the words of one are among the other's */,
    XF_PREMISES_DIFFERENT,
    XF_PREMISES_LEVELS
};
enum xf_distance_level {
    XF_DISTANCE_SAME /* 30 m */,
    XF_DISTANCE_NEAR /* 100 m */,
    XF_DISTANCE_DISTRICT /* 1 km */,
    XF_DISTANCE_FAR,
    XF_DISTANCE_LEVELS
};

enum xf_vehicle_comparison {
    XF_VEHICLE_PLATE,
    XF_VEHICLE_VIN,
    XF_VEHICLE_LICENCE,
    XF_VEHICLE_MAKE,
    XF_VEHICLE_MODEL,
    XF_VEHICLE_COLOUR,
    XF_VEHICLE_COMPARISONS,
};
enum xf_plate_level {
    XF_PLATE_EXACT,
    XF_PLATE_MISREAD,   /* equal but for what plate readers confuse most: O/0, I/1, B/8, S/5, Z/2 */
    XF_PLATE_PART_LONG, /* a pattern (YD12 K?M) that the other fits, with six characters or more known */
    XF_PLATE_SHORT,     /* equal, fewer than five characters */
    XF_PLATE_DOUBTFUL,  /* equal but for what they confuse too: D, Q/0, G, C/6, V/Y */
    XF_PLATE_ONE_OFF,   /* one character another, left out, or exchanged with its neighbour */
    XF_PLATE_PART,      /* a pattern that the other fits, with three to five characters known */
    XF_PLATE_DIFFERENT,
    XF_PLATE_LEVELS
};
enum xf_vin_level {
    XF_VIN_EQUAL,
    XF_VIN_TAIL,    /* the last eight, the vehicle's own (ISO 3779), or all that one side knows, at least six */
    XF_VIN_ONE_OFF, /* one character another: no check digit in Europe would have caught it */
    XF_VIN_DIFFERENT,
    XF_VIN_LEVELS
};
enum xf_attribute_level { XF_ATTRIBUTE_EXACT, XF_ATTRIBUTE_SIMILAR, XF_ATTRIBUTE_DIFFERENT, XF_ATTRIBUTE_LEVELS };

#define XF_COMPARISONS_MAX 10
#define XF_LEVELS_MAX 15
#define XF_ATTRIBUTES_MAX 8
#define XF_SCHEMES_MAX 16
#define XF_BREADTH_MAX 64 /* pairs of values; more count as so many */
#define XF_NAME_CLOSE 920 /* Jaro–Winkler, thousandths */
#define XF_NAME_FAINT 800

struct xf_level {
    const char *name; /* constant */
    int32_t weight;
    int32_t max;       /* never more than this, whatever the names' rarity adds */
    int32_t frequency; /* how much of the names' rarity beyond `usual` counts, in thousandths */
    int32_t usual;     /* the rarity that weight already stands for */
};

struct xf_comparison {
    const char *name; /* constant; of an attribute: the model's */
    uint8_t at;       /* in its kind's list */
    uint32_t count;
    struct xf_level levels[XF_LEVELS_MAX];
};

struct xf_rarity {
    uint64_t hash; /* of the text */
    int32_t rarity;
};

/* A term frequency table, sorted by hash. */
struct xf_frequencies {
    XF_VEC(struct xf_rarity) rows;
    int32_t unlisted;
    int32_t distinct; /* as common as this or more: a name of its own, not a misspelling of another */
};

struct xf_attribute {
    char name[64];
    uint64_t hash; /* of the name's text */
    struct xf_comparison comparison;
    struct xf_frequencies frequencies; /* of its values; without rows they are not counted */
    /* How much of an exact agreement's weight is told already by the address, at each level of it, and by an exact agreement of
     * another attribute. */
    int32_t beside_address[XF_HOME_LEVELS], beside[XF_ATTRIBUTES_MAX];
};

struct xf_model_kind {
    int32_t prior, link, review, keep;
    int32_t contradiction;              /* what weighs against a pair by this much or more (a negative number) contradicts it */
    int32_t chance[XF_BREADTH_MAX + 1]; /* what counts against an agreement that was chosen from that many pairs of values */
    uint32_t budget;                    /* profiles of a blocking key that all make pairs */
    uint32_t hard_budget;               /* the same for an identifier's key */
    uint32_t narrow_budget;             /* the same for a key that tells little: beyond it nobody meets under it */
    uint32_t window;                    /* neighbours on either side that a profile meets under a key beyond its budget */
    uint32_t search_budget;             /* as budget, for a question */
    uint32_t comparison_count, attribute_count;
    struct xf_comparison comparisons[XF_COMPARISONS_MAX];
    struct xf_attribute attributes[XF_ATTRIBUTES_MAX];
};

struct xf_model {
    uint64_t digest; /* of the file's text: a saved linker is loaded under the same model only */
    struct xf_model_kind kinds[XF_MENTION_KINDS];
    struct xf_frequencies given, family;
    struct xf_frequencies makes, models, colours; /* empty: all are as usual */
    int32_t name_max;                             /* no pair of names weighs more */
    int32_t siblings;                  /* the most that what a household shares can add when given names clearly differ */
    int32_t resembling;                /* the same when they resemble each other */
    int32_t undated;                   /* the most that an address can add when no birth date is compared: father and son again */
    int32_t household;                 /* its share, in thousandths, when birth dates differ: father and son */
    uint64_t personal[XF_SCHEMES_MAX]; /* hashes of the schemes of identifiers that no two persons share, besides national ones */
    uint32_t personal_count;
};

/* Rarity of a name's text by its hash; *ret_listed says whether the table lists it. */
int32_t xf_frequencies_rarity(const struct xf_frequencies *table, uint64_t hash, int *ret_listed);
/* log2(number) in thousandths, rounded to nearest, by integer arithmetic on its bits. number > 0 and finite. */
int32_t xf_model_log2(double number);
/* The hash that tables and keys know a text by. */
uint64_t xf_text_hash(const char *text, size_t length);

#endif
