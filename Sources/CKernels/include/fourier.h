// Fourier transforms of real signals and the mel bands made from them, in double precision: the front ends of the encoders
// and of the voice prompt. Four frames are transformed side by side ("lanes"), so that plain loops fill vector registers; what
// comes out of a lane never depends on its neighbours, so chunking never changes a bit.
#ifndef PARLEY_FOURIER_H
#define PARLEY_FOURIER_H

#ifdef __cplusplus
extern "C" {
#endif

enum { PK_LANES = 4 };

typedef struct pk_fourier pk_fourier;

/// A plan for real transforms of `points` = 2^a 3^b 5^c points, 2 ... 65536. NULL for another number, or out of memory.
/// A plan is never changed after it was made: any number of threads may use it at once.
pk_fourier *pk_fourier_create(int points);
void pk_fourier_destroy(pk_fourier *plan);
/// points / 2 + 1.
int pk_fourier_bins(const pk_fourier *plan);
/// Doubles of scratch that one call needs.
long pk_fourier_scratch(const pk_fourier *plan);
/// x [points][PK_LANES] -> re, im [bins][PK_LANES]: X[k] = sum over t of x[t] exp(-2 pi i k t / points).
void pk_fourier_transform(const pk_fourier *plan, const double *x, double *re, double *im, double *scratch);

/// Log energies in triangular bands.
typedef struct {
    const pk_fourier *plan;
    int points, hop, bands;
    const double *window;   // [points]
    const int *first;       // [bands]: first bin of the band
    const int *count;       // [bands]: bins of the band, 0 is legal
    const double *weights;  // the bands' weights one after the other
    int magnitude;          // 0: bands of |X|^2; 1: bands of sqrt(|X|^2 + offset)
    double offset;
    double smallest;   // band energies below count as this
    double log_scale;  // result = ln(energy) * log_scale
} pk_mel;

/// Doubles of scratch that pk_mel_frames needs.
long pk_mel_scratch(const pk_mel *mel);
/// x: hop * (frames - 1) + points samples -> y [frames, bands].
void pk_mel_frames(const pk_mel *mel, const float *x, long frames, float *y, double *scratch);

#ifdef __cplusplus
}
#endif
#endif
