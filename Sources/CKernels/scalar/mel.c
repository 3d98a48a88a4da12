// Windowed frames -> spectrum -> triangular bands -> logarithm, four frames at a time.
#include <math.h>
#include <stddef.h>

#include "fourier.h"

static long spectrum_size(const pk_mel *m) { return (long)pk_fourier_bins(m->plan) * PK_LANES; }

long pk_mel_scratch(const pk_mel *m) {
    return (long)m->points * PK_LANES + 2 * spectrum_size(m) + pk_fourier_scratch(m->plan);
}

/// 1 if n samples are all zero.
static int silent(const float *x, long n) {
    for (long i = 0; i < n; i++)
        if (x[i] != 0) return 0;
    return 1;
}

/// The frames of `lanes` <= PK_LANES neighbouring positions, windowed, as [points][PK_LANES]; lanes left over are zero.
static void gather(const pk_mel *m, const float *x, long lanes, double *out) {
    for (long t = 0; t < m->points; t++)
        for (long lane = 0; lane < PK_LANES; lane++)
            out[t * PK_LANES + lane] = lane < lanes ? m->window[t] * x[lane * m->hop + t] : 0;
}

/// re becomes |X|^2, or sqrt(|X|^2 + offset).
static void energies(const pk_mel *m, double *re, const double *im, long size) {
    for (long i = 0; i < size; i++) re[i] = re[i] * re[i] + im[i] * im[i] + m->offset;
    if (m->magnitude)
        for (long i = 0; i < size; i++) re[i] = sqrt(re[i]);
}

static void bands(const pk_mel *m, const double *energy, long lanes, float *y) {
    const double *w = m->weights;
    for (int b = 0; b < m->bands; b++) {
        double sum[PK_LANES] = {0};
        const double *e = energy + (long)m->first[b] * PK_LANES;
        for (int k = 0; k < m->count[b]; k++)
            for (int lane = 0; lane < PK_LANES; lane++) sum[lane] += w[k] * e[k * PK_LANES + lane];
        w += m->count[b];
        for (long lane = 0; lane < lanes; lane++)
            y[lane * m->bands + b] = (float)(log(fmax(sum[lane], m->smallest)) * m->log_scale);
    }
}

void pk_mel_frames(const pk_mel *m, const float *x, long frames, float *y, double *scratch) {
    long size = spectrum_size(m);
    double *windowed = scratch, *re = windowed + (long)m->points * PK_LANES, *im = re + size, *inner = im + size;
    float nothing = (float)(log(m->smallest) * m->log_scale);
    for (long f = 0; f < frames; f += PK_LANES) {
        long lanes = frames - f < PK_LANES ? frames - f : PK_LANES;
        const float *start = x + f * m->hop;
        float *rows = y + f * m->bands;
        // Zero padding is most of what the 30 s front end sees. Without an offset its bands are exactly `smallest`.
        if (m->offset == 0 && silent(start, (lanes - 1) * m->hop + m->points)) {
            for (long i = 0; i < lanes * m->bands; i++) rows[i] = nothing;
            continue;
        }
        gather(m, start, lanes, windowed);
        pk_fourier_transform(m->plan, windowed, re, im, inner);
        energies(m, re, im, size);
        bands(m, re, lanes, rows);
    }
}
