/* SPDX-License-Identifier: Apache-2.0 */
/* Chance for tests, the same on every machine: Knuth's linear congruential generator, its upper bits. */
#ifndef XF_TESTS_DICE_H
#define XF_TESTS_DICE_H

#include <stdint.h>

struct dice {
    uint64_t state;
};

static inline uint32_t roll(struct dice *dice, uint32_t sides)
{
    dice->state = dice->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(dice->state >> 33) % sides;
}

static inline void shuffle(struct dice *dice, uint32_t *items, uint32_t count)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t j = roll(dice, i), swap = items[i - 1];

        items[i - 1] = items[j];
        items[j] = swap;
    }
}

#endif
