// Attention over one head with products of 16-bit floats: a query a lane.
//
// Queries are turned once, so that a vector holds one pair of numbers of 16 queries; keys and values are spread from memory. The
// largest score, the sum of exponentials and the outputs of a query stay in its lane: nothing is summed across lanes, and a
// query's result depends on the query and its limit alone. Scores, exponentials and outputs are summed in 32 bits.
#if defined(__x86_64__)
#include "bf16.h"

#include "../vector/transpose.h"

#include <stdbool.h>

enum {
    QUERIES = 96,  // of a block: keys and values become 16-bit once for them
    BESIDE = 3,    // vectors of queries beside each other
    HEIGHT = 8,    // keys, or numbers of a value, at a time: 24 sums, 11 loads for 24 products
    KEYS = 64,     // of a tile
    HEAD = 128,    // numbers of a head, at most
};

typedef struct {
    int hd, padded;  // numbers of a head; the same, up to whole vectors of pairs
    int count;       // keys of the tile, up to whole blocks
    uint16_t keys[KEYS * HEAD] __attribute__((aligned(64)));         // [key][number]
    uint16_t values[KEYS * HEAD] __attribute__((aligned(64)));       // [pair of keys][number][2]
    uint16_t queries[QUERIES * HEAD] __attribute__((aligned(64)));   // [vector][pair of numbers][lane][2]
    float out[QUERIES * HEAD] __attribute__((aligned(64)));          // [vector][number][lane]
    float scores[KEYS][BESIDE][LANES] __attribute__((aligned(64)));
    uint16_t weights[KEYS * BESIDE * LANES] __attribute__((aligned(64)));  // [pair of keys][vector][lane][2]
    floats top[QUERIES / LANES], mass[QUERIES / LANES];
    integers limits[QUERIES / LANES];
} block;

/// 2^x for x <= 0 to 3e-6 of the value, 0 below -149; what the 16 bits of a weight cannot tell from the exact one.
INLINE floats power_of_two(floats x) {
    floats bounded = larger(x, all(-160));
    floats n = __builtin_elementwise_rint(bounded), f = bounded - n;
    floats q = all(0x1.3a02cep-7f);
    q = fma_(q, f, all(0x1.c9fc46p-5f));
    q = fma_(q, f, all(0x1.ec0378p-3f));
    q = fma_(q, f, all(0x1.62e12cp-1f));
    q = fma_(q, f, all(1.0f));
    return (floats)_mm512_scalef_ps((__m512)q, (__m512)n);
}

/// The vectors a and b of 16 floats each as 16-bit floats: a0 b0 a1 b1 ...
INLINE __m512i interleaved(floats a, floats b) {
    __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4,
                                     19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh((__m512)b, (__m512)a));
}

/// A row of hd numbers in 16 bits, zeros up to the next multiple of 32.
INLINE void halve_row(const float *x, int hd, uint16_t *to) {
    for (int d = 0; d < hd; d += 2 * LANES) {
        floats low = take(x + d, hd - d), high = hd - d > LANES ? take(x + d + LANES, hd - d - LANES) : all(0);
        _mm512_store_si512(to + d, (__m512i)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low));
    }
}

/// Queries of one vector, from row `first` on; rows behind the last are zero.
static void turn_queries(block *b, const float *q, long ldq, int rows, int vector) {
    uint16_t halves[LANES * HEAD] __attribute__((aligned(64)));
    for (int i = 0; i < LANES; i++) {
        if (i < rows) halve_row(q + i * ldq, b->hd, halves + i * b->padded);
        else memset(halves + i * b->padded, 0, sizeof(uint16_t) * (size_t)b->padded);
    }
    // A pair of numbers moves as one float.
    const float *from = (const float *)halves;
    float *to = (float *)b->queries + (long)vector * b->padded / 2 * LANES;
    for (int d = 0; d < b->padded / 2; d += 8)
        for (int i = 0; i < LANES; i += 8)
            transpose8(from + i * b->padded / 2 + d, b->padded / 2, to + d * LANES + i, LANES);
}

/// The tile's keys and values, zeros up to a whole block of keys.
static void load_tile(block *b, const float *k, long ldk, const float *v, long ldv, int count) {
    b->count = (count + HEIGHT - 1) / HEIGHT * HEIGHT;
    for (int j = 0; j < count; j++) halve_row(k + j * ldk, b->hd, b->keys + j * b->padded);
    memset(b->keys + count * b->padded, 0, sizeof(uint16_t) * (size_t)((b->count - count) * b->padded));
    for (int j = 0; j < b->count; j += 2)
        for (int d = 0; d < b->hd; d += LANES) {
            floats even = j < count ? take(v + j * ldv + d, b->hd - d) : all(0);
            floats odd = j + 1 < count ? take(v + (j + 1) * ldv + d, b->hd - d) : all(0);
            _mm512_store_si512(b->values + j * b->padded + 2 * d, interleaved(even, odd));
        }
}

/// The scores of all keys of the tile for `beside` vectors of queries from `vector` on.
INLINE void score(block *b, int vector, const int beside) {
    int steps = (b->hd + 1) / 2;
    const uint16_t *q = b->queries + (long)vector * b->padded * LANES;
    for (int j = 0; j < b->count; j += HEIGHT) {
        const uint16_t *key = b->keys + j * b->padded;
        floats s[HEIGHT][BESIDE];
        UNROLL for (int r = 0; r < HEIGHT; r++) UNROLL for (int v = 0; v < beside; v++) s[r][v] = all(0);
        for (int d = 0; d < steps; d++) {
            pairs qv[BESIDE];
            UNROLL for (int v = 0; v < beside; v++) qv[v] = load_pairs(q + (v * b->padded / 2 + d) * 2 * LANES);
            UNROLL for (int r = 0; r < HEIGHT; r++) {
                pairs kv = spread(key + r * b->padded + 2 * d);
                UNROLL for (int v = 0; v < beside; v++) s[r][v] = add_pairs(s[r][v], kv, qv[v]);
            }
        }
        UNROLL for (int r = 0; r < HEIGHT; r++) UNROLL for (int v = 0; v < beside; v++)
            store(b->scores[j + r][v], s[r][v]);
    }
}

/// Scores become weights 2^(c (score - largest so far)), 0 from the limits on; returns in `factor` what the sums so far are
/// scaled by.
INLINE void soften(block *b, int vector, int j0, bool masked, float c, const int beside, floats *factor) {
    floats best[BESIDE], mass[BESIDE];
    UNROLL for (int v = 0; v < beside; v++) best[v] = b->top[vector + v];
    for (int j = 0; j < b->count; j++)
        UNROLL for (int v = 0; v < beside; v++) {
            floats s = load(b->scores[j][v]);
            if (masked) {
                s = where(b->limits[vector + v] > j0 + j, s, all(-INFINITY));
                store(b->scores[j][v], s);
            }
            best[v] = larger(s, best[v]);
        }
    UNROLL for (int v = 0; v < beside; v++) {
        factor[v] = power_of_two((b->top[vector + v] - best[v]) * c);
        b->top[vector + v] = best[v];
        mass[v] = all(0);
    }
    for (int j = 0; j < b->count; j += 2)
        UNROLL for (int v = 0; v < beside; v++) {
            floats even = power_of_two((load(b->scores[j][v]) - best[v]) * c);
            floats odd = power_of_two((load(b->scores[j + 1][v]) - best[v]) * c);
            mass[v] += even + odd;
            _mm512_store_si512(b->weights + (j / 2 * BESIDE + v) * 2 * LANES, interleaved(even, odd));
        }
    UNROLL for (int v = 0; v < beside; v++) b->mass[vector + v] = fma_(b->mass[vector + v], factor[v], mass[v]);
}

/// out = factor * out + weights * values.
INLINE void weigh(block *b, int vector, const int beside, const floats *factor) {
    for (int d = 0; d < b->hd; d += HEIGHT) {
        float *out = b->out + ((long)vector * b->padded + d) * LANES;
        floats s[HEIGHT][BESIDE];
        UNROLL for (int r = 0; r < HEIGHT; r++) UNROLL for (int v = 0; v < beside; v++)
            s[r][v] = load(out + (v * b->padded + r) * LANES) * factor[v];
        for (int j = 0; j < b->count; j += 2) {
            pairs wv[BESIDE];
            UNROLL for (int v = 0; v < beside; v++) wv[v] = load_pairs(b->weights + (j / 2 * BESIDE + v) * 2 * LANES);
            UNROLL for (int r = 0; r < HEIGHT; r++) {
                pairs value = spread(b->values + j * b->padded + 2 * (d + r));
                UNROLL for (int v = 0; v < beside; v++) s[r][v] = add_pairs(s[r][v], value, wv[v]);
            }
        }
        UNROLL for (int r = 0; r < HEIGHT; r++) UNROLL for (int v = 0; v < beside; v++)
            store(out + (v * b->padded + r) * LANES, s[r][v]);
    }
}

INLINE void attend(block *b, int vector, int j0, bool masked, float c, const int beside) {
    floats factor[BESIDE];
    score(b, vector, beside);
    soften(b, vector, j0, masked, c, beside, factor);
    weigh(b, vector, beside, factor);
}

/// Rows of outputs from the lanes of one vector.
static void turn_outputs(block *b, int vector, int rows, float *out, long ldo) {
    float turned[LANES * HEAD] __attribute__((aligned(64)));
    float *from = b->out + (long)vector * b->padded * LANES;
    floats inverse = 1.0f / b->mass[vector];
    for (int d = 0; d < b->hd; d++) store(from + d * LANES, load(from + d * LANES) * inverse);
    for (int d = 0; d < b->padded; d += 8)
        for (int i = 0; i < LANES; i += 8) transpose8(from + d * LANES + i, LANES, turned + i * b->padded + d, b->padded);
    for (int i = 0; i < rows; i++) memcpy(out + i * ldo, turned + i * b->padded, sizeof(float) * (size_t)b->hd);
}

/// The first `n` queries of a block, n <= QUERIES.
static void attend_block(block *b, const float *q, long ldq, const float *k, long ldk, const float *v, long ldv, int n,
                         const int *limits, float scale, float *out, long ldo) {
    int vectors = (n + LANES - 1) / LANES, least = limits[0], most = limits[0];
    for (int i = 0; i < n; i++) {
        least = limits[i] < least ? limits[i] : least;
        most = limits[i] > most ? limits[i] : most;
    }
    memset(b->out, 0, sizeof(float) * (size_t)(vectors * b->padded * LANES));
    for (int u = 0; u < vectors; u++) {
        int rows = n - u * LANES < LANES ? n - u * LANES : LANES;
        turn_queries(b, q + (long)u * LANES * ldq, ldq, rows, u);
        for (int i = 0; i < LANES; i++) b->limits[u][i] = i < rows ? limits[u * LANES + i] : most;
        b->top[u] = all(-INFINITY);
        b->mass[u] = all(0);
    }
    const float c = scale * 1.44269504f;
    for (int j0 = 0; j0 < most; j0 += KEYS) {
        load_tile(b, k + j0 * ldk, ldk, v + j0 * ldv, ldv, most - j0 < KEYS ? most - j0 : KEYS);
        bool masked = least < j0 + b->count;
        int u = 0;
        for (; u + BESIDE <= vectors; u += BESIDE) attend(b, u, j0, masked, c, BESIDE);
        if (vectors - u == 2) attend(b, u, j0, masked, c, 2);
        if (vectors - u == 1) attend(b, u, j0, masked, c, 1);
    }
    for (int u = 0; u < vectors; u++)
        turn_outputs(b, u, n - u * LANES < LANES ? n - u * LANES : LANES, out + (long)u * LANES * ldo, ldo);
}

/// For heads that do not fit the block.
static void (*wide_heads)(const float *q, long ldq, const float *k, long ldk, const float *v, long ldv, int n,
                          const int *limits, int hd, float scale, float *out, long ldo);

static void half_attention(const float *q, long ldq, const float *k, long ldk, const float *v, long ldv, int n,
                           const int *limits, int hd, float scale, float *out, long ldo) {
    if (hd > HEAD) return wide_heads(q, ldq, k, ldk, v, ldv, n, limits, hd, scale, out, ldo);
    block b;  // not initialised as a whole: 130 KiB
    b.hd = hd, b.padded = (hd + 31) / 32 * 32;
    for (int i = 0; i < n; i += QUERIES)
        attend_block(&b, q + i * ldq, ldq, k, ldk, v, ldv, n - i < QUERIES ? n - i : QUERIES, limits + i, scale,
                     out + i * ldo, ldo);
}

void pk_bf16_install_half_attention(pk_kernels *table) {
    wide_heads = table->attention;
    table->half_attention = half_attention;
}

#pragma clang attribute pop
#endif
