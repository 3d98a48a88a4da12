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

/// maddubs adds neighbouring products in 16 bits and saturates: |q - 128| <= 128 times |a| <= 127, twice, is 32512 and fits, so
/// the sign goes from the weight to the activation.
INLINE void q8_slice(int mr, const uint8_t *quants, const int8_t *a, long lda, __m256i *total) {
    const __m256i ones = _mm256_set1_epi16(1);
    UNROLL for (int step = 0; step < 8; step++) {
        __m256i q = _mm256_loadu_si256((const __m256i *)(quants + step * 64));
        __m256i w = _mm256_xor_si256(q, _mm256_set1_epi8(-128)), size = _mm256_abs_epi8(w);
        UNROLL for (int i = 0; i < mr; i++) {
            __m256i pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(spread(a + i * lda + step * 4), w));
            total[i] = _mm256_add_epi32(total[i], _mm256_madd_epi16(pairs, ones));
        }
    }
}

/// A group's eight steps stay within 16 bits: 8 x 2 x 15 x 127 = 30480.
INLINE void q4_slice(int mr, const uint8_t *quants, const int8_t *a, long lda, integers *s) {
    const __m256i low = _mm256_set1_epi8(15);
    __m256i total[4];
    UNROLL for (int i = 0; i < mr; i++) total[i] = _mm256_setzero_si256();
    UNROLL for (int v = 0; v < 4; v++) {
        __m256i both = _mm256_loadu_si256((const __m256i *)(quants + v * 64));
        __m256i even = _mm256_and_si256(both, low), odd = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
        UNROLL for (int i = 0; i < mr; i++) {
            const int8_t *four = a + i * lda + v * 8;
            total[i] = _mm256_add_epi16(total[i], _mm256_maddubs_epi16(even, spread(four)));
            total[i] = _mm256_add_epi16(total[i], _mm256_maddubs_epi16(odd, spread(four + 4)));
        }
    }
    UNROLL for (int i = 0; i < mr; i++) {
        __m256i sums = _mm256_madd_epi16(total[i], _mm256_set1_epi16(1));
        memcpy(&s[i], &sums, sizeof s[i]);
    }
}

/// With PK_Q4L_OFFSET added a level has 7 bits: two products are at most 2 x 127 x 127 and fit 16 bits.
INLINE void q4l_slice(int mr, const uint8_t *quants, const int8_t *a, long lda, const int32_t *start, long ldstart, integers *s) {
    const __m256i low = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
    const __m256i levels = _mm256_add_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)pk_q4l_levels)),
                                           _mm256_set1_epi8(PK_Q4L_OFFSET));
    __m256i total[4];
    UNROLL for (int i = 0; i < mr; i++) total[i] = _mm256_set1_epi32(start[i * ldstart] / (128 / PK_Q4L_OFFSET));
    UNROLL for (int v = 0; v < 4; v++) {
        __m256i both = _mm256_loadu_si256((const __m256i *)(quants + v * 64));
        __m256i even = _mm256_shuffle_epi8(levels, _mm256_and_si256(both, low));
        __m256i odd = _mm256_shuffle_epi8(levels, _mm256_and_si256(_mm256_srli_epi16(both, 4), low));
        UNROLL for (int i = 0; i < mr; i++) {
            const int8_t *four = a + i * lda + v * 8;
            __m256i x = _mm256_maddubs_epi16(even, spread(four)), y = _mm256_maddubs_epi16(odd, spread(four + 4));
            total[i] = _mm256_add_epi32(total[i], _mm256_madd_epi16(x, ones));
            total[i] = _mm256_add_epi32(total[i], _mm256_madd_epi16(y, ones));
        }
    }
    UNROLL for (int i = 0; i < mr; i++) memcpy(&s[i], &total[i], sizeof s[i]);
}

INLINE void q8_sums(int ns, int mr, const uint8_t *const *quants, const int8_t *a, const int8_t *low, long lda,
                    const int32_t *start, long ldstart, integers s[SLICES][ROWS]) {
    (void)start, (void)ldstart;
    UNROLL for (int k = 0; k < ns; k++) {
        __m256i total[4];
        UNROLL for (int i = 0; i < mr; i++) total[i] = _mm256_setzero_si256();
        q8_slice(mr, quants[k], a, lda, total);
        if (low) {
            UNROLL for (int i = 0; i < mr; i++) total[i] = _mm256_slli_epi32(total[i], 8);
            q8_slice(mr, quants[k], low, lda, total);
        }
        UNROLL for (int i = 0; i < mr; i++) memcpy(&s[k][i], &total[i], sizeof s[k][i]);
    }
}

INLINE void q4_sums(int ns, int mr, const uint8_t *const *quants, const int8_t *a, long lda, integers s[SLICES][ROWS]) {
    UNROLL for (int k = 0; k < ns; k++) q4_slice(mr, quants[k], a, lda, s[k]);
}

INLINE void q4l_sums(int ns, int mr, const uint8_t *const *quants, const int8_t *a, long lda, const int32_t *start,
                     long ldstart, integers s[SLICES][ROWS]) {
    UNROLL for (int k = 0; k < ns; k++) q4l_slice(mr, quants[k], a, lda, start, ldstart, s[k]);
}

#include "../vector/block_product.h"

#pragma clang attribute pop
#endif
