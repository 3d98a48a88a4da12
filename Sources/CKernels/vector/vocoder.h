// The vocoder's layers (spec 11) LANES channels side by side, so that a row's result never depends on its neighbours in time.
// The convolution is a product of rows with panels of 16 outputs: one vector of 16 lanes or two of 8.
#include "../vocoder.h"

enum { PANEL = 16, PANEL_VECTORS = PANEL / LANES };

// ---------------------------------------------------------------------------------------------- convolution
/// Taps [tap0, tap1) of `rows` output rows of one panel from output o on, of which `left` remain. The sums stay in registers:
/// rows * vectors <= 12. rows and vectors are constants where this is inlined.
INLINE void panel_rows(const pk_convolution *c, const float *panel, int o, long t, int tap0, int tap1, const int rows,
                       const int vectors) {
    float *y = c->y + t * c->ldy + o;
    long left = c->outputs - o, ldx = c->ldx;
    const float *from = tap0 > 0 ? y : c->add ? c->add + t * c->ldy + o : NULL;
    floats sums[12];
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++) {
        floats start = from ? take(from + r * c->ldy + v * LANES, left - v * LANES) : all(0);
        if (tap0 == 0 && c->bias) start += take(c->bias + o + v * LANES, left - v * LANES);
        sums[r * vectors + v] = start;
    }
    for (int k = tap0; k < tap1; k++) {
        // A pointer for every third row: the other two are within reach of the processor's scaled addresses.
        const float *x[4], *w = panel + (long)k * c->inputs * PANEL;
        UNROLL for (int q = 0; q < 4; q++) x[q] = c->x + (t + (long)k * c->dilation + 3 * q) * c->ldx;
        for (int i = 0; i < c->inputs; i++, w += PANEL) {
            floats weights[PANEL_VECTORS];
            UNROLL for (int v = 0; v < vectors; v++) weights[v] = load(w + v * LANES);
            UNROLL for (int r = 0; r < rows; r++) {
                floats value = all(x[r / 3][r % 3 * ldx]);
                UNROLL for (int v = 0; v < vectors; v++)
                    sums[r * vectors + v] = fma_(value, weights[v], sums[r * vectors + v]);
            }
            UNROLL for (int q = 0; q < 4; q++) x[q]++;
        }
    }
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++)
        put(y + r * c->ldy + v * LANES, sums[r * vectors + v], left - v * LANES);
}

/// All rows of a panel of which one vector holds outputs: twelve at a time.
static void narrow_panel(const pk_convolution *c, const float *panel, int o, int tap0, int tap1) {
    long t = 0;
    for (; t + 12 <= c->rows; t += 12) panel_rows(c, panel, o, t, tap0, tap1, 12, 1);
    for (; t + 4 <= c->rows; t += 4) panel_rows(c, panel, o, t, tap0, tap1, 4, 1);
    for (; t < c->rows; t++) panel_rows(c, panel, o, t, tap0, tap1, 1, 1);
}

#if LANES == 8
/// All rows of a panel whose two vectors hold outputs: six at a time.
static void wide_panel(const pk_convolution *c, const float *panel, int o, int tap0, int tap1) {
    long t = 0;
    for (; t + 6 <= c->rows; t += 6) panel_rows(c, panel, o, t, tap0, tap1, 6, 2);
    for (; t + 2 <= c->rows; t += 2) panel_rows(c, panel, o, t, tap0, tap1, 2, 2);
    for (; t < c->rows; t++) panel_rows(c, panel, o, t, tap0, tap1, 1, 2);
}
#else
#define wide_panel narrow_panel
#endif

void LEVEL(convolution)(const pk_convolution *c) {
#if LANES == 16
    if (c->outputs <= 8) return pk_avx2_convolution(c);
#endif
    // As many taps at a time as keep their weights in the first two cache levels: 1024 inputs of 16 outputs are 64 KiB.
    int step = c->inputs >= 1024 ? 1 : 1024 / c->inputs;
    for (int o = 0; o < c->outputs; o += PANEL) {
        const float *panel = c->panels + (long)(o / PANEL) * c->taps * c->inputs * PANEL;
        for (int tap = 0; tap < c->taps; tap += step) {
            int end = tap + step < c->taps ? tap + step : c->taps;
            if (c->outputs - o > LANES) wide_panel(c, panel, o, tap, end);
            else narrow_panel(c, panel, o, tap, end);
        }
    }
}

// ---------------------------------------------------------------------------------------------- snake
enum { TILE = 64 };  // rows at a time: the tile's three signals stay in the first cache level

/// v + sin(a v)^2 / b, from a / pi and 1 / b. The square has period pi: what counts is the distance to the next whole turn,
/// which the subtraction gives exactly and never beyond a half.
INLINE floats snake(floats v, floats a_over_pi, floats inverse_b) {
    floats turns = v * a_over_pi;
    floats f = turns - __builtin_elementwise_roundeven(turns), q = f * f;
    // sin(pi f) = f P(f^2), the polynomial of the smallest largest error (3.3e-9) for |f| <= 1/2.
    floats s = all(0.0772201253f);
    s = fma_(s, q, all(-0.598045172f));
    s = fma_(s, q, all(2.55003138f));
    s = fma_(s, q, all(-5.16770688f));
    s = fma_(s, q, all(3.14159258f)) * f;
    return fma_(s * s, inverse_b, v);
}

/// The weighted sum of six vectors.
INLINE floats six(const floats *x, const floats *taps) {
    floats s = x[0] * taps[0];
    UNROLL for (int i = 1; i < 6; i++) s = fma_(x[i], taps[i], s);
    return s;
}

/// The doubled signals of `rows` rows behind the snake.
INLINE void snaked(const floats *x, int rows, const floats *taps, floats a, floats b, floats *even, floats *odd) {
    floats own[12];  // in registers: what is written cannot change them
    UNROLL for (int i = 0; i < 12; i++) own[i] = taps[i];
    for (int m = 0; m < rows; m++) {
        even[m] = snake(six(x + m, own), a, b);
        odd[m] = snake(six(x + m + 1, own + 6), a, b);
    }
}

/// Every second sample of what the other filter makes of both signals: `rows` rows of y, ldy apart.
INLINE void halved_rate(const floats *odd, const floats *even, int rows, const floats *taps, float *y, long ldy, long left) {
    floats own[12];
    UNROLL for (int i = 0; i < 12; i++) own[i] = taps[i];
    for (int m = 0; m < rows; m++, y += ldy) put(y, six(odd + m, own) + six(even + m, own + 6), left);
}

/// Rows [t, t + rows) of `left` channels from `channel` on; rows <= TILE.
INLINE void snake_tile(const pk_snake *s, int channel, long left, long t, int rows, const floats *taps, floats a, floats b) {
    // Index m of the doubled signals is row t - 3 + m, index m of x row t - 6 + m; the ends are continued.
    floats x[TILE + 13], even[TILE + 6], odd[TILE + 6];
    const long first = -s->before, last = s->after - 1;
    const int isInside = t - 6 >= first && t + rows + 6 <= last;
    if (isInside && left >= LANES) {
        for (int m = 0; m < rows + 12; m++) x[m] = load(s->x + (t - 6 + m) * s->ldx + channel);
    } else {
        for (int m = 0; m < rows + 12; m++) {
            long row = t - 6 + m < first ? first : t - 6 + m > last ? last : t - 6 + m;
            x[m] = take(s->x + row * s->ldx + channel, left);
        }
    }
    snaked(x, rows + 6, taps, a, b, even, odd);
    if (!isInside) {
        for (int m = rows + 5; m >= 0; m--)
            if (t - 3 + m < first) even[m] = odd[m] = even[first - t + 3];
        for (int m = 0; m < rows + 6; m++)
            if (t - 3 + m > last) even[m] = odd[m] = odd[last - t + 3];
    }
    float *y = s->y + t * s->ldy + channel;
    if (left >= LANES) halved_rate(odd, even + 1, rows, taps + 12, y, s->ldy, LANES);
    else halved_rate(odd, even + 1, rows, taps + 12, y, s->ldy, left);
}

void LEVEL(snake)(const pk_snake *s) {
#if LANES == 16
    if (s->channels <= 8) return pk_avx2_snake(s);
#endif
    // Taps times 2 of the even and of the odd samples, then those that meet odd and even samples on the way back.
    floats taps[24];
    UNROLL for (int i = 0; i < 6; i++) {
        taps[i] = all(2 * s->up[11 - 2 * i]);
        taps[6 + i] = all(2 * s->up[10 - 2 * i]);
        taps[12 + i] = all(s->down[2 * i]);
        taps[18 + i] = all(s->down[2 * i + 1]);
    }
    for (int c = 0; c < s->channels; c += LANES) {
        long left = s->channels - c;
        floats a = take(s->a + c, left) * all(0.318309886f), b = take(s->inverse_b + c, left);
        for (long t = 0; t < s->rows; t += TILE)
            snake_tile(s, c, left, t, s->rows - t < TILE ? (int)(s->rows - t) : TILE, taps, a, b);
    }
}
