// The vocoder's layers with AVX2 and FMA: eight channels side by side, so that a row's result never depends on its neighbours.
#include "../vocoder.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX2_INLINE AVX2 __attribute__((always_inline)) static inline

/// Ones in the first n of 8 lanes.
AVX2_INLINE __m256i lanes(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

// ---------------------------------------------------------------------------------------------- convolution
/// Taps [tap0, tap1) of `rows` output rows of one panel; `vectors` of its two vectors, `n` outputs. The sums stay in registers:
/// rows * vectors <= 12. rows and vectors are constants where this is inlined.
AVX2_INLINE void panel_rows(const pk_convolution *c, const float *panel, int o, int n, long t, int tap0, int tap1,
                            const int rows, const int vectors) {
    __m256i last = lanes(n - 8 * (vectors - 1));
    float *y = c->y + t * c->ldy + o;
    __m256 sum[12][2];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            __m256i mask = v == vectors - 1 ? last : _mm256_set1_epi32(-1);
            sum[r][v] = tap0 > 0 || c->add ? _mm256_maskload_ps(y + r * c->ldy + 8 * v, mask) : _mm256_setzero_ps();
            if (tap0 == 0 && c->bias) sum[r][v] = _mm256_add_ps(sum[r][v], _mm256_maskload_ps(c->bias + o + 8 * v, mask));
        }
    for (int k = tap0; k < tap1; k++) {
        const float *x = c->x + (t + (long)k * c->dilation) * c->ldx, *w = panel + (long)k * c->inputs * 16;
        for (int i = 0; i < c->inputs; i++, w += 16) {
            __m256 w0 = _mm256_load_ps(w), w1 = vectors > 1 ? _mm256_load_ps(w + 8) : w0;
            for (int r = 0; r < rows; r++) {
                __m256 value = _mm256_broadcast_ss(x + r * c->ldx + i);
                sum[r][0] = _mm256_fmadd_ps(value, w0, sum[r][0]);
                if (vectors > 1) sum[r][1] = _mm256_fmadd_ps(value, w1, sum[r][1]);
            }
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            _mm256_maskstore_ps(y + r * c->ldy + 8 * v, v == vectors - 1 ? last : _mm256_set1_epi32(-1), sum[r][v]);
}

/// All rows of a panel with more than 8 outputs: six at a time.
AVX2 static void wide_panel(const pk_convolution *c, const float *panel, int o, int n, int tap0, int tap1) {
    long t = 0;
    for (; t + 6 <= c->rows; t += 6) panel_rows(c, panel, o, n, t, tap0, tap1, 6, 2);
    for (; t + 2 <= c->rows; t += 2) panel_rows(c, panel, o, n, t, tap0, tap1, 2, 2);
    for (; t < c->rows; t++) panel_rows(c, panel, o, n, t, tap0, tap1, 1, 2);
}

/// All rows of a panel with at most 8 outputs: twelve at a time.
AVX2 static void narrow_panel(const pk_convolution *c, const float *panel, int o, int n, int tap0, int tap1) {
    long t = 0;
    for (; t + 12 <= c->rows; t += 12) panel_rows(c, panel, o, n, t, tap0, tap1, 12, 1);
    for (; t + 4 <= c->rows; t += 4) panel_rows(c, panel, o, n, t, tap0, tap1, 4, 1);
    for (; t < c->rows; t++) panel_rows(c, panel, o, n, t, tap0, tap1, 1, 1);
}

AVX2 void pk_avx2_convolution(const pk_convolution *c) {
    // As many taps at a time as keep their weights in the first two cache levels: 1024 inputs of 16 outputs are 64 KiB.
    int step = c->inputs >= 1024 ? 1 : 1024 / c->inputs;
    for (int o = 0; o < c->outputs; o += 16) {
        const float *panel = c->panels + (long)(o / 16) * c->taps * c->inputs * 16;
        int n = c->outputs - o < 16 ? c->outputs - o : 16;
        for (int tap = 0; tap < c->taps; tap += step) {
            int end = tap + step < c->taps ? tap + step : c->taps;
            if (n > 8) wide_panel(c, panel, o, n, tap, end);
            else narrow_panel(c, panel, o, n, tap, end);
        }
    }
}

// ---------------------------------------------------------------------------------------------- snake
/// v + sin(a v)^2 * inverse_b.
AVX2_INLINE __m256 snake(__m256 v, __m256 a, __m256 inverse_b) {
    __m256 p = _mm256_mul_ps(a, v);
    // The square has period pi. pi in two floats; beyond 2^22 turns a float has no phase left: the clamp keeps it bounded.
    __m256 turns = _mm256_round_ps(_mm256_mul_ps(p, _mm256_set1_ps(0.318309886f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fnmadd_ps(turns, _mm256_set1_ps(3.14159274f), p);
    r = _mm256_fnmadd_ps(turns, _mm256_set1_ps(-8.74227766e-8f), r);
    r = _mm256_min_ps(_mm256_max_ps(r, _mm256_set1_ps(-1.5708f)), _mm256_set1_ps(1.5708f));
    // sin r = r P(r^2), the smallest largest error (3.4e-9) on [-pi/2, pi/2].
    __m256 q = _mm256_mul_ps(r, r), s = _mm256_set1_ps(2.59048839e-06f);
    s = _mm256_fmadd_ps(s, q, _mm256_set1_ps(-1.98008977e-04f));
    s = _mm256_fmadd_ps(s, q, _mm256_set1_ps(8.33289982e-03f));
    s = _mm256_fmadd_ps(s, q, _mm256_set1_ps(-1.66666476e-01f));
    s = _mm256_mul_ps(_mm256_fmadd_ps(s, q, _mm256_set1_ps(9.99999977e-01f)), r);
    return _mm256_fmadd_ps(_mm256_mul_ps(s, s), inverse_b, v);
}

/// Both samples of row t at twice the rate, after the snake: up[i] are the taps times 2, i of the even sample first.
AVX2_INLINE void doubled(const pk_snake *s, int channel, __m256i mask, long t, const __m256 *up, __m256 a, __m256 b,
                         __m256 *even, __m256 *odd) {
    __m256 x[7];
    for (int i = 0; i < 7; i++) {
        long row = t - 3 + i;
        row = row < -s->before ? -s->before : row >= s->after ? s->after - 1 : row;
        x[i] = _mm256_maskload_ps(s->x + row * s->ldx + channel, mask);
    }
    __m256 e = _mm256_mul_ps(x[0], up[0]), o = _mm256_mul_ps(x[1], up[6]);
    for (int i = 1; i < 6; i++) {
        e = _mm256_fmadd_ps(x[i], up[i], e);
        o = _mm256_fmadd_ps(x[i + 1], up[6 + i], o);
    }
    *even = snake(e, a, b);
    *odd = snake(o, a, b);
}

AVX2 static void snake_channels(const pk_snake *s, int channel, int n) {
    __m256i mask = lanes(n);
    __m256 a = _mm256_maskload_ps(s->a + channel, mask), b = _mm256_maskload_ps(s->inverse_b + channel, mask);
    __m256 up[12], down[12];
    for (int i = 0; i < 6; i++) {
        up[i] = _mm256_set1_ps(2 * s->up[11 - 2 * i]);
        up[6 + i] = _mm256_set1_ps(2 * s->up[10 - 2 * i]);
        down[i] = _mm256_set1_ps(s->down[2 * i]);
        down[6 + i] = _mm256_set1_ps(s->down[2 * i + 1]);
    }
    // Rings of the last eight doubled rows: output t takes odd samples t - 3 ... t + 2 and even samples t - 2 ... t + 3.
    __m256 even[8], odd[8], first_even = _mm256_setzero_ps(), last_odd = _mm256_setzero_ps();
    long first = -s->before, last = s->after - 1;
    for (long next = -3; next < s->rows + 3; next++) {
        if (next < first) {
            if (next == -3) {
                __m256 unused;
                doubled(s, channel, mask, first, up, a, b, &first_even, &unused);
            }
            even[next & 7] = odd[next & 7] = first_even;
        } else if (next > last) {
            even[next & 7] = odd[next & 7] = last_odd;
        } else {
            doubled(s, channel, mask, next, up, a, b, &even[next & 7], &odd[next & 7]);
            last_odd = odd[next & 7];
        }
        long t = next - 3;
        if (t < 0) continue;
        __m256 sum = _mm256_mul_ps(odd[(t - 3) & 7], down[0]), other = _mm256_mul_ps(even[(t - 2) & 7], down[6]);
        for (int i = 1; i < 6; i++) {
            sum = _mm256_fmadd_ps(odd[(t - 3 + i) & 7], down[i], sum);
            other = _mm256_fmadd_ps(even[(t - 2 + i) & 7], down[6 + i], other);
        }
        _mm256_maskstore_ps(s->y + t * s->ldy + channel, mask, _mm256_add_ps(sum, other));
    }
}

AVX2 void pk_avx2_snake(const pk_snake *s) {
    for (int c = 0; c < s->channels; c += 8) snake_channels(s, c, s->channels - c < 8 ? s->channels - c : 8);
}
#endif
