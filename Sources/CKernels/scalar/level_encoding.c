// Matrices into the blocks of Q4L (layout: kernels.h), a tile at a time with a row in each lane. The same code is compiled for
// three widths of vectors; nothing in it is fused or reordered, so that all of them write the same bytes.
#include "kernels.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF
// Everything that takes or gives a vector is inlined: no call has to agree on how one is passed.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float lanes __attribute__((ext_vector_type(PK_TILE_ROWS)));
typedef int32_t marks __attribute__((ext_vector_type(PK_TILE_ROWS)));
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { LEVELS = 16, LARGEST_SCALE = 127 };

INLINE lanes chosen(marks which, lanes yes, lanes no) { return which ? yes : no; }
INLINE lanes size_of(lanes v) { return (lanes)((marks)v & 0x7fffffff); }

/// 1 / v; 0 where v is too small for that.
INLINE lanes inverse(lanes v) { return chosen(size_of(v) > 1e-30f, 1.0f / v, (lanes)0); }

/// The nearest level to each of v, and its number.
INLINE lanes nearest(lanes v, marks *number) {
    lanes level = (lanes)(float)pk_q4l_levels[0];
    marks at = 0;
    UNROLL for (int k = 1; k < LEVELS; k++) {
        float middle = (float)(pk_q4l_levels[k - 1] + pk_q4l_levels[k]) / 2;
        marks is_above = v > middle;
        level = chosen(is_above, (lanes)(float)pk_q4l_levels[k], level);
        at -= is_above;
    }
    *number = at;
    return level;
}

/// The scale of a group of 32 columns. The number farthest from 0 becomes one of the two outer levels or lies a little beyond or
/// before it; of these choices the one is best whose levels, at the scale that then has the least squares, leave least.
INLINE lanes best_scale(const lanes v[PK_GROUP]) {
    static const float reaches[] = {0.84f, 0.93f, 1, 1.08f};
    lanes farthest = v[0], best = 0, best_gain = -1;
    for (int c = 1; c < PK_GROUP; c++) farthest = chosen(size_of(v[c]) > size_of(farthest), v[c], farthest);
    lanes unit = inverse(farthest);
    for (int choice = 0; choice < 8; choice++) {
        lanes factor = unit * ((float)pk_q4l_levels[choice % 2 ? 0 : LEVELS - 1] * reaches[choice / 2]);
        lanes products = 0, squares = 0;
        for (int c = 0; c < PK_GROUP; c++) {
            marks number;
            lanes level = nearest(v[c] * factor, &number);
            products += v[c] * level;
            squares += level * level;
        }
        // What is left of the squares of v is that much less.
        lanes scale = products / squares, gain = products * scale;
        best = chosen(gain > best_gain, scale, best);
        best_gain = chosen(gain > best_gain, gain, best_gain);
    }
    return best;
}

/// Column c of up to 16 rows; zeros beyond them.
INLINE lanes column(const float *x, int rows, int columns, int c) {
    lanes v = 0;
    for (int r = 0; r < rows; r++) v[r] = x[(long)r * columns + c];
    return v;
}

/// The quants of a group whose scale takes `per_scale` to multiply its numbers with.
INLINE void put_quants(const lanes v[PK_GROUP], lanes per_scale, uint8_t *quants) {
    memset(quants, 0, PK_GROUP * PK_TILE_ROWS / 2);
    for (int c = 0; c < PK_GROUP; c++) {
        marks number;
        nearest(v[c] * per_scale, &number);
        for (int r = 0; r < PK_TILE_ROWS; r++)
            quants[c / 8 * 64 + r * 4 + c % 4] |= (uint8_t)(number[r] << (c / 4 % 2 * 4));
    }
}

/// The scales of all groups in floats first, which wait where the quants will be; the largest of a row becomes 127.
INLINE void encode(const float *x, int rows, int columns, uint8_t *tile) {
    int groups = columns / PK_GROUP;
    lanes v[PK_GROUP], scale, largest = 0;
    memset(tile, 0, pk_q4l_tile_bytes((size_t)columns));
    for (int g = 0; g < groups; g++) {
        for (int c = 0; c < PK_GROUP; c++) v[c] = column(x, rows, columns, g * PK_GROUP + c);
        scale = best_scale(v);
        memcpy(tile + pk_q4l_quants_at((size_t)g), &scale, sizeof scale);
        largest = chosen(size_of(scale) > largest, size_of(scale), largest);
    }
    lanes factor = largest / LARGEST_SCALE, per_factor = inverse(factor);
    memcpy(tile, &factor, sizeof factor);
    for (int g = 0; g < groups; g++) {
        for (int c = 0; c < PK_GROUP; c++) v[c] = column(x, rows, columns, g * PK_GROUP + c);
        uint8_t *quants = tile + pk_q4l_quants_at((size_t)g);
        memcpy(&scale, quants, sizeof scale);
        lanes whole = __builtin_elementwise_rint(scale * per_factor);
        // What is not a number becomes 0.
        whole = chosen(size_of(whole) <= LARGEST_SCALE, whole, (lanes)0);
        int8_t *to = (int8_t *)tile + pk_q4l_scales_at((size_t)g);
        for (int r = 0; r < PK_TILE_ROWS; r++) to[r] = (int8_t)whole[r];
        put_quants(v, inverse(whole * factor), quants);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))) static void encode_avx512(const float *x, int rows, int columns,
                                                                                        uint8_t *tile) {
    encode(x, rows, columns, tile);
}
__attribute__((target("avx2"))) static void encode_avx2(const float *x, int rows, int columns, uint8_t *tile) {
    encode(x, rows, columns, tile);
}
#endif

void pk_q4l_encode(pk_level level, const float *x, int rows, int columns, void *tile) {
#if defined(__x86_64__)
    if (level >= PK_AVX512) return encode_avx512(x, rows, columns, tile);
    if (level >= PK_AVX2) return encode_avx2(x, rows, columns, tile);
#endif
    (void)level;
    encode(x, rows, columns, tile);
}
