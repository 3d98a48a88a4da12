// Half-precision numbers and rows of block matrices, by the bit layouts of IEEE 754 and kernels.h; numbers made up.
#include "kernels.h"

#include <string.h>

static float as_float(uint32_t u) { float f; memcpy(&f, &u, 4); return f; }
static uint32_t as_bits(float f) { uint32_t u; memcpy(&u, &f, 4); return u; }

float pk_f16_to_f32(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = (h >> 10) & 31, mantissa = h & 0x3ff;
    if (exponent == 31) return as_float(sign | 0x7f800000 | mantissa << 13);
    if (exponent) return as_float(sign | (exponent + 112) << 23 | mantissa << 13);
    // Subnormal: mantissa * 2^-24, exact in f32.
    float value = (float)mantissa * 0x1p-24f;
    return sign ? -value : value;
}

uint16_t pk_f32_to_f16(float f) {
    uint32_t bits = as_bits(f), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00);
    if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00);  // rounds to 65536 or more
    if (magnitude < 0x38800000) {  // below 2^-14: adding 0.5 lets the float unit round to units of 2^-24
        uint32_t rounded = as_bits(as_float(magnitude) + 0.5f) - 0x3f000000;
        return (uint16_t)(sign | rounded);
    }
    uint32_t odd = magnitude >> 13 & 1;
    return (uint16_t)(sign | (magnitude - 0x38000000 + 0xfff + odd) >> 13);
}

uint16_t pk_f32_to_bf16(float f) {
    uint32_t bits = as_bits(f);
    if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/// Without branches, so that the compiler makes vectors of it: loading a vocoder converts all its weights.
void pk_f16_row(const uint16_t *x, long n, float *y) {
    for (long i = 0; i < n; i++) {
        uint32_t sign = (uint32_t)(x[i] & 0x8000) << 16, magnitude = (uint32_t)(x[i] & 0x7fff) << 13;
        uint32_t exponent = magnitude & 0x0f800000, normal = magnitude + 0x38000000, infinite = magnitude + 0x70000000;
        // Subnormal: as a number between 2^-14 and 2^-13, less 2^-14.
        uint32_t subnormal = as_bits(as_float(magnitude + 0x38800000) - 0x1p-14f);
        uint32_t bits = exponent == 0 ? subnormal : exponent == 0x0f800000 ? infinite : normal;
        y[i] = as_float(sign | bits);
    }
}

void pk_bf16_row(const uint16_t *x, long n, float *y) {
    for (long i = 0; i < n; i++) y[i] = pk_bf16_to_f32(x[i]);
}

void pk_q8_row(const void *tiles, int columns, int row, float *y) {
    const uint8_t *tile = (const uint8_t *)tiles + (size_t)(row / PK_TILE_ROWS) * pk_q8_tile_bytes(columns);
    int groups = columns / PK_GROUP, r = row % PK_TILE_ROWS;
    const uint16_t *scales = (const uint16_t *)tile;
    const uint8_t *quants = tile + (groups * 32 + 63) / 64 * 64;
    for (int g = 0; g < groups; g++) {
        float scale = pk_f16_to_f32(scales[g * 16 + r]);
        for (int c = 0; c < PK_GROUP; c++)
            y[g * PK_GROUP + c] = scale * (float)(quants[g * 512 + c / 4 * 64 + r * 4 + c % 4] - 128);
    }
}

void pk_q4_row(const void *tiles, int columns, int row, float *y) {
    const uint8_t *tile = (const uint8_t *)tiles + (size_t)(row / PK_TILE_ROWS) * pk_q4_tile_bytes(columns);
    int groups = columns / PK_GROUP, r = row % PK_TILE_ROWS;
    const uint16_t *scales = (const uint16_t *)tile;
    const uint8_t *quants = tile + groups * 64;
    for (int g = 0; g < groups; g++) {
        float scale = pk_f16_to_f32(scales[g * 32 + r]), minimum = pk_f16_to_f32(scales[g * 32 + 16 + r]);
        for (int c = 0; c < PK_GROUP; c++) {
            int step = c / 4;
            uint8_t byte = quants[g * 256 + step / 2 * 64 + r * 4 + c % 4];
            y[g * PK_GROUP + c] = scale * (float)(step % 2 ? byte >> 4 : byte & 15) + minimum;
        }
    }
}

void pk_q4l_row(const void *tiles, int columns, int row, float *y) {
    const uint8_t *tile = (const uint8_t *)tiles + (size_t)(row / PK_TILE_ROWS) * pk_q4l_tile_bytes(columns);
    int groups = columns / PK_GROUP, r = row % PK_TILE_ROWS;
    for (int g = 0; g < groups; g++) {
        int scale = ((const int8_t *)tile)[pk_q4l_scales_at(g) + r];
        const uint8_t *quants = tile + pk_q4l_quants_at(g);
        for (int c = 0; c < PK_GROUP; c++) {
            uint8_t byte = quants[c / 8 * 64 + r * 4 + c % 4];
            int level = pk_q4l_levels[c / 4 % 2 ? byte >> 4 : byte & 15];
            y[g * PK_GROUP + c] = ((const float *)tile)[r] * (float)(scale * level);
        }
    }
}

void pk_random(uint64_t start, uint64_t first, long n, float low, float step, float *y) {
    for (long i = 0; i < n; i++) {
        // SplitMix64 at a place rather than in turn.
        uint64_t mixed = start + (first + (uint64_t)i) * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
        y[i] = low + step * (float)(int32_t)(mixed >> 40);
    }
}
