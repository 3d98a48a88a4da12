#if defined(__x86_64__)
#include "avx2.h"

#include "../scalar/scalar.h"

enum {
    ROWS = 4,    // of one slice: four sums in whole numbers and four in floats leave half of the 16 registers for the rest
    SLICES = 2,  // with up to two rows, whose sums then hide each other's latency
};

INLINE int slices_beside(int mr) { return mr <= 2 ? SLICES : 1; }

#define FOR_ROWS(rows, call)          \
    switch (rows) {                   \
    case 1: call(1); break;           \
    case 2: call(2); break;           \
    case 3: call(3); break;           \
    default: call(4);                 \
    }

/// The four activations of one step in every lane.
INLINE __m256i spread(const int8_t *a) {
    int32_t four;
    memcpy(&four, a, sizeof four);
    return _mm256_set1_epi32(four);
}

/// total += the four columns of a step. maddubs adds neighbouring products in 16 bits and saturates: |q - 128| <= 128 times
/// |a| <= 127, twice, is 32512 and fits, so the sign goes from the weight to the activation.
INLINE void add_step(const uint8_t *quants, const int8_t *a, __m256i *total) {
    __m256i q = _mm256_loadu_si256((const __m256i *)quants), w = _mm256_xor_si256(q, _mm256_set1_epi8(-128));
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(spread(a), w));
    *total = _mm256_add_epi32(*total, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

INLINE void q8_slice(int mr, const uint8_t *quants, const int8_t *a, __m256i *total) {
    UNROLL for (int step = 0; step < 8; step++)
        UNROLL for (int i = 0; i < mr; i++) add_step(quants + step * 64, a + (step * mr + i) * 4, &total[i]);
}

/// A group's eight steps stay within 16 bits: 8 x 2 x 15 x 127 = 30480.
INLINE void q4_slice(int mr, const uint8_t *quants, const int8_t *a, integers *s) {
    const __m256i low = _mm256_set1_epi8(15);
    __m256i total[4];
    UNROLL for (int i = 0; i < mr; i++) total[i] = _mm256_setzero_si256();
    UNROLL for (int v = 0; v < 4; v++) {
        __m256i both = _mm256_loadu_si256((const __m256i *)(quants + v * 64));
        __m256i even = _mm256_and_si256(both, low), odd = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
        UNROLL for (int i = 0; i < mr; i++) {
            const int8_t *four = a + (2 * v * mr + i) * 4;
            total[i] = _mm256_add_epi16(total[i], _mm256_maddubs_epi16(even, spread(four)));
            total[i] = _mm256_add_epi16(total[i], _mm256_maddubs_epi16(odd, spread(four + 4 * mr)));
        }
    }
    UNROLL for (int i = 0; i < mr; i++) {
        __m256i sums = _mm256_madd_epi16(total[i], _mm256_set1_epi16(1));
        memcpy(&s[i], &sums, sizeof s[i]);
    }
}

/// With PK_Q4L_OFFSET added a level has 7 bits: two products are at most 2 x 127 x 127 and fit 16 bits.
INLINE void q4l_slice(int mr, const uint8_t *quants, pk_strip_group a, integers *s) {
    const __m256i low = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
    const __m256i levels = _mm256_add_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)pk_q4l_levels)),
                                           _mm256_set1_epi8(PK_Q4L_OFFSET));
    __m256i total[4];
    UNROLL for (int i = 0; i < mr; i++) total[i] = _mm256_set1_epi32(a.start[i]);
    UNROLL for (int v = 0; v < 4; v++) {
        __m256i both = _mm256_loadu_si256((const __m256i *)(quants + v * 64));
        __m256i even = _mm256_shuffle_epi8(levels, _mm256_and_si256(both, low));
        __m256i odd = _mm256_shuffle_epi8(levels, _mm256_and_si256(_mm256_srli_epi16(both, 4), low));
        UNROLL for (int i = 0; i < mr; i++) {
            const int8_t *four = a.q + (2 * v * mr + i) * 4;
            __m256i x = _mm256_maddubs_epi16(even, spread(four)), y = _mm256_maddubs_epi16(odd, spread(four + 4 * mr));
            total[i] = _mm256_add_epi32(total[i], _mm256_madd_epi16(x, ones));
            total[i] = _mm256_add_epi32(total[i], _mm256_madd_epi16(y, ones));
        }
    }
    UNROLL for (int i = 0; i < mr; i++) memcpy(&s[i], &total[i], sizeof s[i]);
}

INLINE void q8_sums(int ns, int mr, const uint8_t *const *quants, pk_strip_group a, integers s[SLICES][ROWS]) {
    UNROLL for (int k = 0; k < ns; k++) {
        __m256i total[4];
        UNROLL for (int i = 0; i < mr; i++) total[i] = _mm256_setzero_si256();
        q8_slice(mr, quants[k], a.q, total);
        UNROLL for (int i = 0; i < mr; i++) memcpy(&s[k][i], &total[i], sizeof s[k][i]);
    }
}

INLINE void q8_fine_sums(int ns, int mr, const uint8_t *const *quants, pk_strip_group a, integers s[SLICES][ROWS]) {
    UNROLL for (int k = 0; k < ns; k++) {
        __m256i total[4];
        UNROLL for (int i = 0; i < mr; i++) {
            total[i] = _mm256_setzero_si256();
            add_step(quants[k] + a.step[i], a.high + i * 4, &total[i]);
            total[i] = _mm256_slli_epi32(total[i], 7);
        }
        q8_slice(mr, quants[k], a.q, total);
        UNROLL for (int i = 0; i < mr; i++) memcpy(&s[k][i], &total[i], sizeof s[k][i]);
    }
}

INLINE void q8_wide_sums(int ns, int mr, const uint8_t *const *quants, pk_strip_group a, integers s[SLICES][ROWS]) {
    UNROLL for (int k = 0; k < ns; k++) {
        __m256i total[4];
        UNROLL for (int i = 0; i < mr; i++) total[i] = _mm256_setzero_si256();
        q8_slice(mr, quants[k], a.high, total);
        UNROLL for (int i = 0; i < mr; i++) total[i] = _mm256_slli_epi32(total[i], 7);
        q8_slice(mr, quants[k], a.q, total);
        UNROLL for (int i = 0; i < mr; i++) memcpy(&s[k][i], &total[i], sizeof s[k][i]);
    }
}

INLINE void q4_sums(int ns, int mr, const uint8_t *const *quants, pk_strip_group a, integers s[SLICES][ROWS]) {
    UNROLL for (int k = 0; k < ns; k++) q4_slice(mr, quants[k], a.q, s[k]);
}

INLINE void q4l_sums(int ns, int mr, const uint8_t *const *quants, pk_strip_group a, integers s[SLICES][ROWS]) {
    UNROLL for (int k = 0; k < ns; k++) q4l_slice(mr, quants[k], a, s[k]);
}

#include "../vector/block_product.h"

#pragma clang attribute pop
#endif
