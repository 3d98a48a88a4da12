// The vocoder's layers with AVX-512: sixteen channels side by side; up to eight are left to AVX2, which does them as fast.
#include "../vocoder.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")))
#define AVX512_INLINE AVX512 __attribute__((always_inline)) static inline

/// Ones in the first n of 16 lanes.
AVX512_INLINE __mmask16 lanes(int n) { return (__mmask16)((1u << n) - 1); }

// ---------------------------------------------------------------------------------------------- convolution
/// Taps [tap0, tap1) of `rows` output rows of one panel, n of its outputs. The sums stay in registers: rows <= 12. rows is a
/// constant where this is inlined.
AVX512_INLINE void panel_rows(const pk_convolution *c, const float *panel, int o, int n, long t, int tap0, int tap1,
                              const int rows) {
    __mmask16 mask = lanes(n);
    float *y = c->y + t * c->ldy + o;
    __m512 sum[12];
    for (int r = 0; r < rows; r++) {
        sum[r] = tap0 > 0 || c->add ? _mm512_maskz_loadu_ps(mask, y + r * c->ldy) : _mm512_setzero_ps();
        if (tap0 == 0 && c->bias) sum[r] = _mm512_add_ps(sum[r], _mm512_maskz_loadu_ps(mask, c->bias + o));
    }
    for (int k = tap0; k < tap1; k++) {
        const float *x = c->x + (t + (long)k * c->dilation) * c->ldx, *w = panel + (long)k * c->inputs * 16;
        for (int i = 0; i < c->inputs; i++, w += 16) {
            __m512 weight = _mm512_load_ps(w);
            for (int r = 0; r < rows; r++)
                sum[r] = _mm512_fmadd_ps(_mm512_set1_ps(x[r * c->ldx + i]), weight, sum[r]);
        }
    }
    for (int r = 0; r < rows; r++) _mm512_mask_storeu_ps(y + r * c->ldy, mask, sum[r]);
}

AVX512 static void all_rows(const pk_convolution *c, const float *panel, int o, int n, int tap0, int tap1) {
    long t = 0;
    for (; t + 12 <= c->rows; t += 12) panel_rows(c, panel, o, n, t, tap0, tap1, 12);
    for (; t + 4 <= c->rows; t += 4) panel_rows(c, panel, o, n, t, tap0, tap1, 4);
    for (; t < c->rows; t++) panel_rows(c, panel, o, n, t, tap0, tap1, 1);
}

AVX512 void pk_avx512_convolution(const pk_convolution *c) {
    if (c->outputs <= 8) return pk_avx2_convolution(c);
    // As many taps at a time as keep their weights in the first two cache levels: 1024 inputs of 16 outputs are 64 KiB.
    int step = c->inputs >= 1024 ? 1 : 1024 / c->inputs;
    for (int o = 0; o < c->outputs; o += 16) {
        const float *panel = c->panels + (long)(o / 16) * c->taps * c->inputs * 16;
        int n = c->outputs - o < 16 ? c->outputs - o : 16;
        for (int tap = 0; tap < c->taps; tap += step)
            all_rows(c, panel, o, n, tap, tap + step < c->taps ? tap + step : c->taps);
    }
}

// ---------------------------------------------------------------------------------------------- snake
/// v + sin(a v)^2 * inverse_b; the steps are those of the AVX2 variant.
AVX512_INLINE __m512 snake(__m512 v, __m512 a, __m512 inverse_b) {
    __m512 p = _mm512_mul_ps(a, v);
    // The square has period pi. pi in two floats; beyond 2^22 turns a float has no phase left: the clamp keeps it bounded.
    __m512 turns = _mm512_roundscale_ps(_mm512_mul_ps(p, _mm512_set1_ps(0.318309886f)), _MM_FROUND_TO_NEAREST_INT);
    __m512 r = _mm512_fnmadd_ps(turns, _mm512_set1_ps(3.14159274f), p);
    r = _mm512_fnmadd_ps(turns, _mm512_set1_ps(-8.74227766e-8f), r);
    r = _mm512_min_ps(_mm512_max_ps(r, _mm512_set1_ps(-1.5708f)), _mm512_set1_ps(1.5708f));
    // sin r = r P(r^2), the smallest largest error (3.4e-9) on [-pi/2, pi/2].
    __m512 q = _mm512_mul_ps(r, r), s = _mm512_set1_ps(2.59048839e-06f);
    s = _mm512_fmadd_ps(s, q, _mm512_set1_ps(-1.98008977e-04f));
    s = _mm512_fmadd_ps(s, q, _mm512_set1_ps(8.33289982e-03f));
    s = _mm512_fmadd_ps(s, q, _mm512_set1_ps(-1.66666476e-01f));
    s = _mm512_mul_ps(_mm512_fmadd_ps(s, q, _mm512_set1_ps(9.99999977e-01f)), r);
    return _mm512_fmadd_ps(_mm512_mul_ps(s, s), inverse_b, v);
}

/// Both samples of row t at twice the rate, after the snake: up[i] are the taps times 2, i of the even sample first.
AVX512_INLINE void doubled(const pk_snake *s, int channel, __mmask16 mask, long t, const __m512 *up, __m512 a, __m512 b,
                         __m512 *even, __m512 *odd) {
    __m512 x[7];
    for (int i = 0; i < 7; i++) {
        long row = t - 3 + i;
        row = row < -s->before ? -s->before : row >= s->after ? s->after - 1 : row;
        x[i] = _mm512_maskz_loadu_ps(mask, s->x + row * s->ldx + channel);
    }
    __m512 e = _mm512_mul_ps(x[0], up[0]), o = _mm512_mul_ps(x[1], up[6]);
    for (int i = 1; i < 6; i++) {
        e = _mm512_fmadd_ps(x[i], up[i], e);
        o = _mm512_fmadd_ps(x[i + 1], up[6 + i], o);
    }
    *even = snake(e, a, b);
    *odd = snake(o, a, b);
}

AVX512 static void snake_channels(const pk_snake *s, int channel, int n) {
    __mmask16 mask = lanes(n);
    __m512 a = _mm512_maskz_loadu_ps(mask, s->a + channel), b = _mm512_maskz_loadu_ps(mask, s->inverse_b + channel);
    __m512 up[12], down[12];
    for (int i = 0; i < 6; i++) {
        up[i] = _mm512_set1_ps(2 * s->up[11 - 2 * i]);
        up[6 + i] = _mm512_set1_ps(2 * s->up[10 - 2 * i]);
        down[i] = _mm512_set1_ps(s->down[2 * i]);
        down[6 + i] = _mm512_set1_ps(s->down[2 * i + 1]);
    }
    // Rings of the last eight doubled rows: output t takes odd samples t - 3 ... t + 2 and even samples t - 2 ... t + 3.
    __m512 even[8], odd[8], first_even = _mm512_setzero_ps(), last_odd = _mm512_setzero_ps();
    long first = -s->before, last = s->after - 1;
    for (long next = -3; next < s->rows + 3; next++) {
        if (next < first) {
            if (next == -3) {
                __m512 unused;
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
        __m512 sum = _mm512_mul_ps(odd[(t - 3) & 7], down[0]), other = _mm512_mul_ps(even[(t - 2) & 7], down[6]);
        for (int i = 1; i < 6; i++) {
            sum = _mm512_fmadd_ps(odd[(t - 3 + i) & 7], down[i], sum);
            other = _mm512_fmadd_ps(even[(t - 2 + i) & 7], down[6 + i], other);
        }
        _mm512_mask_storeu_ps(s->y + t * s->ldy + channel, mask, _mm512_add_ps(sum, other));
    }
}

AVX512 void pk_avx512_snake(const pk_snake *s) {
    if (s->channels <= 8) return pk_avx2_snake(s);
    for (int c = 0; c < s->channels; c += 16) snake_channels(s, c, s->channels - c < 16 ? s->channels - c : 16);
}
#endif
