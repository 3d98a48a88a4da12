#if defined(__x86_64__)
#include "avx512.h"

#include "../scalar/scalar.h"

enum {
    ROWS = 6,    // with two slices: 12 sums in whole numbers and 12 in floats, of 32 registers
    SLICES = 2,
};

/// One row of activations takes one tile after the other, as they lie in memory.
INLINE int slices_beside(int mr) { return mr == 1 ? 1 : SLICES; }

#define FOR_ROWS(rows, call)          \
    switch (rows) {                   \
    case 1: call(1); break;           \
    case 2: call(2); break;           \
    case 3: call(3); break;           \
    case 4: call(4); break;           \
    case 5: call(5); break;           \
    default: call(6);                 \
    }

/// The four activations at `a` in every lane.
INLINE __m512i spread(const int8_t *a) {
    int32_t four;
    memcpy(&four, a, sizeof four);
    return _mm512_set1_epi32(four);
}

/// total += quants times the activations of a group.
INLINE void add_products(int ns, int mr, const uint8_t *const *quants, const int8_t *q, __m512i total[SLICES][ROWS]) {
    __m512i w[SLICES];
    UNROLL for (int step = 0; step < 8; step++) {
        UNROLL for (int k = 0; k < ns; k++) w[k] = _mm512_loadu_si512(quants[k] + step * 64);
        UNROLL for (int i = 0; i < mr; i++) {
            __m512i x = spread(q + (step * mr + i) * 4);
            UNROLL for (int k = 0; k < ns; k++) total[k][i] = _mm512_dpbusd_epi32(total[k][i], w[k], x);
        }
    }
}

INLINE void begin(int ns, int mr, pk_strip_group a, __m512i total[SLICES][ROWS]) {
    UNROLL for (int i = 0; i < mr; i++) UNROLL for (int k = 0; k < ns; k++) total[k][i] = _mm512_set1_epi32(a.start[i]);
}

INLINE void end(int ns, int mr, const __m512i total[SLICES][ROWS], integers s[SLICES][ROWS]) {
    UNROLL for (int k = 0; k < ns; k++) UNROLL for (int i = 0; i < mr; i++) memcpy(&s[k][i], &total[k][i], sizeof s[k][i]);
}

/// The instruction takes the quants as they are, so -128 times the sum of the activations goes with the sums.
INLINE void q8_sums(int ns, int mr, const uint8_t *const *quants, pk_strip_group a, integers s[SLICES][ROWS]) {
    __m512i total[SLICES][ROWS];
    begin(ns, mr, a, total);
    add_products(ns, mr, quants, a.q, total);
    end(ns, mr, total, s);
}

INLINE void q8_fine_sums(int ns, int mr, const uint8_t *const *quants, pk_strip_group a, integers s[SLICES][ROWS]) {
    __m512i total[SLICES][ROWS];
    begin(ns, mr, a, total);
    UNROLL for (int i = 0; i < mr; i++) {
        __m512i x = spread(a.high + i * 4);
        UNROLL for (int k = 0; k < ns; k++) {
            __m512i w = _mm512_loadu_si512(quants[k] + a.step[i]);
            total[k][i] = _mm512_slli_epi32(_mm512_dpbusd_epi32(total[k][i], w, x), 7);
        }
    }
    add_products(ns, mr, quants, a.q, total);
    end(ns, mr, total, s);
}

INLINE void q8_wide_sums(int ns, int mr, const uint8_t *const *quants, pk_strip_group a, integers s[SLICES][ROWS]) {
    __m512i total[SLICES][ROWS];
    begin(ns, mr, a, total);
    add_products(ns, mr, quants, a.high, total);
    UNROLL for (int i = 0; i < mr; i++) UNROLL for (int k = 0; k < ns; k++) total[k][i] = _mm512_slli_epi32(total[k][i], 7);
    add_products(ns, mr, quants, a.q, total);
    end(ns, mr, total, s);
}

/// The same with two quants a byte: what the lower and the upper four bits stand for is in `even` and `odd`.
#define ADD_PAIR(v)                                                                                                 \
    UNROLL for (int i = 0; i < mr; i++) {                                                                           \
        __m512i x = spread(a.q + (2 * (v) * mr + i) * 4), y = spread(a.q + ((2 * (v) + 1) * mr + i) * 4);           \
        UNROLL for (int k = 0; k < ns; k++) total[k][i] = _mm512_dpbusd_epi32(total[k][i], even[k], x);             \
        UNROLL for (int k = 0; k < ns; k++) total[k][i] = _mm512_dpbusd_epi32(total[k][i], odd[k], y);              \
    }

INLINE void q4_sums(int ns, int mr, const uint8_t *const *quants, pk_strip_group a, integers s[SLICES][ROWS]) {
    const __m512i low = _mm512_set1_epi8(15);
    __m512i total[SLICES][ROWS], even[SLICES], odd[SLICES];
    UNROLL for (int k = 0; k < ns; k++) UNROLL for (int i = 0; i < mr; i++) total[k][i] = _mm512_setzero_si512();
    UNROLL for (int v = 0; v < 4; v++) {
        UNROLL for (int k = 0; k < ns; k++) {
            __m512i both = _mm512_loadu_si512(quants[k] + v * 64);
            even[k] = _mm512_and_si512(both, low);
            odd[k] = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
        }
        ADD_PAIR(v)
    }
    end(ns, mr, total, s);
}

/// The same with the quants looked up; the levels are PK_Q4L_OFFSET too large.
INLINE void q4l_sums(int ns, int mr, const uint8_t *const *quants, pk_strip_group a, integers s[SLICES][ROWS]) {
    const __m512i low = _mm512_set1_epi8(15);
    const __m512i levels = _mm512_add_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)pk_q4l_levels)),
                                           _mm512_set1_epi8(PK_Q4L_OFFSET));
    __m512i total[SLICES][ROWS], even[SLICES], odd[SLICES];
    begin(ns, mr, a, total);
    UNROLL for (int v = 0; v < 4; v++) {
        UNROLL for (int k = 0; k < ns; k++) {
            __m512i both = _mm512_loadu_si512(quants[k] + v * 64);
            even[k] = _mm512_shuffle_epi8(levels, _mm512_and_si512(both, low));
            odd[k] = _mm512_shuffle_epi8(levels, _mm512_and_si512(_mm512_srli_epi16(both, 4), low));
        }
        ADD_PAIR(v)
    }
    end(ns, mr, total, s);
}

#include "../vector/block_product.h"

#pragma clang attribute pop
#endif
