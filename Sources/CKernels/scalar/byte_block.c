// Weights into 8-bit blocks: tiles of 16 rows as kernels.h describes them.
#include "../byte_block.h"

#include "scalar.h"

#include <math.h>
#include <string.h>

/// The scale nearest to largest / k that half precision has: below 2^-24 that is nothing but zero, above 65504 only infinity.
static uint16_t scale_for(float largest, int k) {
    return pk_f32_to_f16(fminf(fmaxf(largest / (float)k, 0x1p-24f), 65504));
}

static float largest_of(const float *v) {
    float largest = 0;
    for (int c = 0; c < PK_GROUP; c++) largest = fabsf(v[c]) > largest ? fabsf(v[c]) : largest;
    return largest;
}

/// The sum of squares by which the group differs with this scale.
static float error_of(const float *v, float step) {
    float inverse = 1 / step, sum = 0;
    for (int c = 0; c < PK_GROUP; c++) {
        float whole = rintf(v[c] * inverse), product = whole * step, difference = v[c] - product;
        float square = difference * difference;
        sum += square;
    }
    return sum;
}

int pk_exact_byte_scale(const float *v, int most, uint16_t *scale) {
    float largest = largest_of(v);
    uint32_t bits;
    memcpy(&bits, &largest, sizeof bits);
    // An 11-bit scale times a 7-bit number has at most 18 significant bits of the 24.
    if (bits & 0x3f || !isfinite(largest)) return 0;
    for (int k = most; k >= 1; k--) {
        uint16_t candidate = pk_f32_to_f16(largest / (float)k);
        float step = pk_f16_to_f32(candidate);
        if (step * (float)k != largest || step <= 0) continue;
        int fits = 1;
        for (int c = 0; c < PK_GROUP && fits; c++) {
            float whole = rintf(v[c] / step);
            fits = fabsf(whole) <= PK_MOST && whole * step == v[c];
        }
        if (fits) return *scale = candidate, 1;
    }
    return 0;
}

static uint16_t best_scale(const float *v) {
    float largest = largest_of(v), half = largest / (2 * PK_MOST), usual = half * half * (PK_GROUP / 3.0f);
    if (largest == 0) return 0;
    uint16_t best = scale_for(largest, PK_MOST);
    float least = INFINITY;
    for (int k = PK_MOST; k >= PK_COARSEST; k--) {
        uint16_t candidate = scale_for(largest, k);
        float step = pk_f16_to_f32(candidate);
        if (!(largest * (1 / step) < PK_MOST + 0.5f)) continue;
        float error = error_of(v, step), allowed = k >= PK_COARSE ? least : fminf(least, usual / 2);
        if (error < allowed) least = error, best = candidate;
    }
    if (least != 0) pk_exact_byte_scale(v, PK_COARSEST - 1, &best);
    return best;
}

void pk_scalar_byte_tile(const float *x, int rows, int columns, void *tile) {
    int groups = columns / PK_GROUP;
    size_t header = (size_t)(groups * 32 + 63) / 64 * 64;
    memset(tile, 0, header);
    uint16_t *scales = tile;
    uint8_t *quants = (uint8_t *)tile + header;
    memset(quants, 128, (size_t)columns * PK_TILE_ROWS);
    for (int g = 0; g < groups; g++)
        for (int r = 0; r < rows; r++) {
            const float *v = x + (long)r * columns + g * PK_GROUP;
            scales[g * PK_TILE_ROWS + r] = best_scale(v);
            float step = pk_f16_to_f32(scales[g * PK_TILE_ROWS + r]), inverse = step > 0 ? 1 / step : 0;
            for (int c = 0; c < PK_GROUP; c++) {
                float whole = rintf(v[c] * inverse);
                // In this order what is not a number becomes the lower limit.
                whole = whole > -PK_MOST ? whole < PK_MOST ? whole : PK_MOST : -PK_MOST;
                quants[g * 512 + c / 4 * 64 + r * 4 + c % 4] = (uint8_t)((int)whole + 128);
            }
        }
}
