/* SPDX-License-Identifier: Apache-2.0 */
/* One key for the spellings of a name that sound alike, for the names that British agencies meet: English, Scottish, Irish and
 * Welsh, South Asian, Arabic in its transliterations, Polish and other Slavic ones. Called by block.c for its keys and by score.c
 * for the level "sounds alike". Derived from Philips' double metaphone (2000), with these differences: it keeps the voiced
 * consonants apart (Patel is not Bedell), it writes th as T and ch, sh, sz, cz and zh as X, since spellings of one name waver
 * between them, and it knows South Asian aspirates (bh, dh, gh, jh, kh). The letters of a key: A (a first vowel), B D F G H J K L M
 * N P R S T X Y W. Spaces do not count: abdul rahman is abdulrahman. Invariant: every letter is consumed once, from left to right,
 * by the first rule that fits. */
#include <stdbool.h>
#include <string.h>

#include "crossflag/normalise.h"

#define KEY_MAX 8
#define NAME_MAX 64

struct word {
    char text[NAME_MAX + 8]; /* letters only; NULs behind the end, so that rules can look ahead */
    size_t length;
    bool slavic; /* w is v */
    bool apart;  /* a vowel stood since the last sound, which may therefore come again */
    char key[KEY_MAX + 1];
    size_t key_length;
};

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

static bool is_front(char c)
{
    return c == 'e' || c == 'i' || c == 'y';
}

static char at(const struct word *word, size_t i)
{
    return word->text[i]; /* i stays within three of the end */
}

static char before(const struct word *word, size_t i)
{
    return i ? word->text[i - 1] : '\0';
}

static bool has(const struct word *word, size_t i, const char *letters)
{
    return strncmp(word->text + i, letters, strlen(letters)) == 0;
}

static bool ends(const struct word *word, const char *letters)
{
    size_t length = strlen(letters);

    return word->length >= length && memcmp(word->text + word->length - length, letters, length) == 0;
}

/* A sound; the same one twice, with no vowel between, counts once. */
static void put(struct word *word, char sound)
{
    if (word->key_length < KEY_MAX && (word->apart || !word->key_length || word->key[word->key_length - 1] != sound))
        word->key[word->key_length++] = sound;
    word->apart = false;
}

static bool is_slavic(const struct word *word)
{
    static const char *const endings[] = {"ski", "sky", "ska", "cki", "cky", "cka", "wicz", "wich", "icz", "czyk", "czak", "czuk"};

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (ends(word, endings[i]))
            return true;
    return false;
}

/* Openings in which letters are silent or sound otherwise than inside. Returns how many letters were used. */
static size_t put_opening(struct word *word)
{
    static const struct {
        const char *letters;
        char sound;
        size_t used;
    } table[] = {
        {"kn", 'N', 2},  {"gn", 'N', 2},  {"pn", 'N', 2},  {"ng", 'N', 2},   {"wr", 'R', 2},  {"ps", 'S', 2},    {"wh", 'W', 2},
        {"rh", 'R', 2},  {"x", 'S', 1},   {"sio", 'X', 1}, {"bh", 'B', 2},   {"gh", 'G', 2},  {"geo", 'J', 1},   {"ger", 'J', 1},
        {"gem", 'J', 1}, {"gen", 'J', 1}, {"gin", 'J', 1}, {"gia", 'J', 1},  {"gio", 'J', 1}, {"gilli", 'J', 1}, {"get", 'G', 1},
        {"gee", 'G', 1}, {"gi", 'G', 1},  {"ge", 'G', 1},  {"hugh", 'H', 4}, {"ll", 'L', 2},
    };

    if (has(word, 0, "sea") && at(word, 3) == 'n') {
        put(word, 'X'); /* Sean, as Shaun */
        return 3;
    }
    if (has(word, 0, "mc")) {
        put(word, 'M');
        put(word, 'K');
        return 2;
    }
    if (has(word, 0, "mac") && is_front(at(word, 3)) && strchr("nvwlao", at(word, 4)) && at(word, 4)) {
        put(word, 'M'); /* MacIntyre, MacEwan: the c stays hard; Macy's does not */
        put(word, 'K');
        return 3;
    }
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (has(word, 0, table[i].letters)) {
            put(word, table[i].sound);
            return table[i].used;
        }
    if (is_vowel(at(word, 0)) && !(at(word, 0) == 'y' && is_vowel(at(word, 1)))) {
        put(word, 'A');
        word->apart = true;
        return 1;
    }
    return 0;
}

static size_t put_c(struct word *word, size_t i)
{
    if (at(word, i + 1) == 'h') {
        static const char *const hard_before[] = {"ichae", "icheal", "ichol", "achar",
                                                  "uchan"}; /* Michael, Nicholas, Zachary, Buchanan */
        char next = at(word, i + 2);
        bool hard = (next && strchr("rlnts", next)) || (!next && before(word, i) == 'o'); /* Christopher, Chloe, Murdoch */

        if (next == 'm')
            return 2; /* Achmed */
        for (size_t k = 0; k < sizeof(hard_before) / sizeof(hard_before[0]); k++)
            hard = hard || (i && has(word, i - 1, hard_before[k]));
        put(word, hard ? 'K' : 'X');
        return 2;
    }
    if (at(word, i + 1) == 'z') {
        put(word, 'X');
        return 2;
    }
    if (is_front(at(word, i + 1))) {
        put(word, 'S');
        return 1;
    }
    /* Petrovic, written without its accent, is Petrovich. */
    if (at(word, i + 1) == '\0' && i >= 3 && (has(word, i - 3, "ovi") || has(word, i - 3, "evi"))) {
        put(word, 'X');
        return 1;
    }
    put(word, 'K');
    return at(word, i + 1) == 'k' || at(word, i + 1) == 'q' ? 2 : 1;
}

static size_t put_g(struct word *word, size_t i)
{
    if (at(word, i + 1) == 'h') {
        /* Singh; otherwise silent: Leigh, Callaghan, Vaughan, Hughes. */
        if (before(word, i) && !is_vowel(before(word, i)))
            put(word, 'G');
        return 2;
    }
    put(word, is_front(at(word, i + 1)) && at(word, i + 1) != 'y' && at(word, i - 1) != 'g' && !has(word, i, "gie") ? 'J' : 'G');
    return at(word, i + 1) == 'g' ? 2 : 1;
}

static size_t put_s(struct word *word, size_t i)
{
    char next = at(word, i + 1);

    if (has(word, i, "sch")) {
        /* Schmidt, Schneider; but Schofield, School. */
        put(word, strchr("mnwlr", at(word, i + 3)) && at(word, i + 3) ? 'X' : 'S');
        if (!strchr("mnwlr", at(word, i + 3)) || !at(word, i + 3))
            put(word, 'K');
        return 3;
    }
    if (next == 'h' || (next == 'z' && at(word, i + 2) != 'z')) {
        put(word, 'X');
        return 2;
    }
    if (next == 'c' && is_front(at(word, i + 2))) {
        put(word, 'S');
        return 2;
    }
    put(word, 'S');
    /* Hussain and Hussein, Husayn: Y keeps them from Hassan, the other common name with these consonants. */
    if (next != 's' && (is_vowel(next) && next != 'i') && (at(word, i + 2) == 'i' || at(word, i + 2) == 'y') &&
        at(word, i + 3) == 'n' && i + 4 == word->length && word->text[0] == 'h')
        put(word, 'Y');
    return 1;
}

static size_t put_t(struct word *word, size_t i)
{
    if (at(word, i + 1) == 'h') {
        put(word, 'T');
        return 2;
    }
    if (has(word, i, "tch")) {
        put(word, 'X');
        return 3;
    }
    if (has(word, i, "tio")) {
        put(word, 'X');
        return 1;
    }
    put(word, 'T');
    return 1;
}

static size_t put_d(struct word *word, size_t i)
{
    if (at(word, i + 1) == 'g' && is_front(at(word, i + 2))) {
        put(word, 'J'); /* Rodger, Bridget */
        return 2;
    }
    if (at(word, i + 1) == 'j') {
        put(word, 'J'); /* Nadja, Djamel */
        return 2;
    }
    if (at(word, i + 1) == 't') {
        put(word, 'T'); /* Schmidt, Brandt */
        return 2;
    }
    put(word, 'D');
    return at(word, i + 1) == 'h' ? 2 : 1; /* Sandhu */
}

static size_t put_h(struct word *word, size_t i)
{
    /* Heard at the front and between vowels only: Rehman is Raman, but Mohammed is not Mammad. */
    if (is_vowel(at(word, i + 1)) && (!i || is_vowel(before(word, i))))
        put(word, 'H');
    return 1;
}

static size_t put_m(struct word *word, size_t i)
{
    put(word, 'M');
    if (at(word, i + 1) == 'b' && at(word, i + 2) == '\0')
        return 2; /* Lamb */
    if (at(word, i + 1) == 'p' && (at(word, i + 2) == 's' || at(word, i + 2) == 't'))
        return 2; /* Thompson */
    return 1;
}

/* One sound inside a word. Returns how many letters were used. */
static size_t put_sound(struct word *word, size_t i)
{
    char c = at(word, i);
    char next = at(word, i + 1);

    switch (c) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
        word->apart = true;
        return 1;
    case 'b':
        /* Siobhan. */
        put(word, next == 'h' && i > 1 && has(word, i - 2, "io") ? 'F' : 'B');
        return next == 'h' ? 2 : 1;
    case 'c':
        return put_c(word, i);
    case 'd':
        return put_d(word, i);
    case 'f':
    case 'v':
        put(word, 'F');
        return 1;
    case 'g':
        return put_g(word, i);
    case 'h':
        return put_h(word, i);
    case 'j':
        /* Sonja, Anja, Katja; Wojciech, Wojtek. */
        if (i && before(word, i) == 'o' && (next == 'c' || next == 't'))
            return 1;
        if (i && next == 'a' && i + 2 == word->length && (before(word, i) == 'n' || before(word, i) == 't'))
            return 1;
        put(word, 'J');
        return next == 'h' ? 2 : 1;
    case 'k':
    case 'q':
        put(word, 'K');
        return next == 'h' ? 2 : 1;
    case 'l':
        put(word, 'L');
        return 1;
    case 'm':
        if (next == 'h' && (at(word, i + 2) == '\0' || at(word, i + 2) == 'e')) {
            put(word, i ? 'F' : 'M'); /* Niamh, Caoimhe */
            return 2;
        }
        return put_m(word, i);
    case 'n':
        put(word, 'N');
        return 1;
    case 'p':
        put(word, next == 'h' ? 'F' : 'P');
        return next == 'h' ? 2 : 1;
    case 'r':
        put(word, 'R');
        return next == 'z' && word->slavic ? 2 : 1;
    case 's':
        return put_s(word, i);
    case 't':
        return put_t(word, i);
    case 'w':
        if (word->slavic)
            put(word, 'F');
        else if (!i && is_vowel(next))
            put(word, 'W');
        return 1;
    case 'x':
        put(word, 'K');
        put(word, 'S');
        return 1;
    case 'y':
        if (!i)
            put(word, 'Y');
        word->apart = true;
        return 1;
    case 'z':
        put(word, next == 'h' ? 'J' : 'S');
        return next == 'h' ? 2 : 1;
    default:
        return 1;
    }
}

size_t xf_phonetic_key(const char *normal_name, char out[static 12])
{
    struct word word = {0};
    size_t i;

    for (; *normal_name && word.length < NAME_MAX; normal_name++)
        if (*normal_name >= 'a' && *normal_name <= 'z')
            word.text[word.length++] = *normal_name;
    word.slavic = is_slavic(&word);
    i = put_opening(&word);
    while (i < word.length && word.key_length < KEY_MAX)
        i += put_sound(&word, i);
    memcpy(out, word.key, word.key_length + 1);
    return word.key_length;
}
