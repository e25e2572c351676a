/* SPDX-License-Identifier: Apache-2.0 */
/* Invented mentions of invented persons for the linkage benches: a function of the number wanted and the seed, in a shuffled order,
 * one at a time, so that ten million need no memory. */
#ifndef XF_BENCH_POPULATION_H
#define XF_BENCH_POPULATION_H

#include <stdbool.h>
#include <stdint.h>

#define POPULATION_TEXT 40

/* What one mention says: normalised as the linker wants it; a text is empty, a number 0 where it says nothing. */
struct population_row {
    uint64_t id;     /* from 0, in the order told */
    uint64_t entity; /* the person: the truth that no engine sees */
    uint32_t birth_date;
    char given[POPULATION_TEXT], family[POPULATION_TEXT];
    char sex[2];
    char house[8], street[POPULATION_TEXT], town[POPULATION_TEXT], postcode[12];
    char phone[16];
    char nhs[12];
};

struct population;

/* count mentions of about count / 2 persons. NULL when out of memory. */
struct population *population_create(uint64_t count, uint64_t seed);
void population_destroy(struct population *population);
/* False behind the last. */
bool population_next(struct population *population, struct population_row *ret);

#endif
