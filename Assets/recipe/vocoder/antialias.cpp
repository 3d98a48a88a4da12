// Anti-aliased SnakeBeta of BigVGAN and its gradient, one channel row at a time, for training on a CPU.
//   x [rows, n] -> up x2 (12-tap filter, replicate padding) -> s = y + sin^2(a y) / b -> down x2 -> out [rows, n]
// rows = batch * channels; a, 1/b and their gradients belong to a channel (row % channels).
// Built on first use by activation.py.
//
// Polyphase form, xp = x with 5 replicated samples on both sides, w symmetric (w[11-k] = w[k]):
//   even[m] = 2 sum_i xp[m+2+i] w[2i]      odd[m] = 2 sum_i xp[m+3+i] w[2i+1]
//   out [m] = sum_i se[m+i-2] w[2i+1] + so[m+i-3] w[2i]      left of s[0] = se[0]; right of the end = so[n-1]
#include <cmath>
#include <cstring>
#include <vector>
#include <algorithm>
#define R __restrict
static const float PI = 3.14159265358979f;

static inline float reduce(float p) { return p - PI * std::nearbyintf(p * (1 / PI)); }   // to [-pi/2, pi/2]; sin^2, sin*cos unchanged
static inline float sin_poly(float r) {
  float q = r * r;
  return r * (1 + q * (-1 / 6.f + q * (1 / 120.f + q * (-1 / 5040.f + q * (1 / 362880.f - q * (1 / 39916800.f))))));
}
static inline float cos_poly(float r) {
  float q = r * r;
  return 1 + q * (-.5f + q * (1 / 24.f + q * (-1 / 720.f + q * (1 / 40320.f + q * (-1 / 3628800.f + q * (1 / 479001600.f))))));
}
static void up(const float* R xp, float* R even, float* R odd, int n, const float* R w) {
  const float e0 = 2 * w[0], e1 = 2 * w[2], e2 = 2 * w[4], e3 = 2 * w[6], e4 = 2 * w[8], e5 = 2 * w[10];
  const float o0 = 2 * w[1], o1 = 2 * w[3], o2 = 2 * w[5], o3 = 2 * w[7], o4 = 2 * w[9], o5 = 2 * w[11];
  for (int m = 0; m < n; m++) {
    even[m] = xp[m + 2] * e0 + xp[m + 3] * e1 + xp[m + 4] * e2 + xp[m + 5] * e3 + xp[m + 6] * e4 + xp[m + 7] * e5;
    odd[m] = xp[m + 3] * o0 + xp[m + 4] * o1 + xp[m + 5] * o2 + xp[m + 6] * o3 + xp[m + 7] * o4 + xp[m + 8] * o5;
  }
}
static void down(const float* R e, const float* R o, float* R y, int n, const float* R w) {
  const float w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4], w5 = w[5], w6 = w[6], w7 = w[7], w8 = w[8], w9 = w[9], wa = w[10], wb = w[11];
  for (int m = 0; m < n; m++)
    y[m] = e[m - 2] * w1 + e[m - 1] * w3 + e[m] * w5 + e[m + 1] * w7 + e[m + 2] * w9 + e[m + 3] * wb
         + o[m - 3] * w0 + o[m - 2] * w2 + o[m - 1] * w4 + o[m] * w6 + o[m + 1] * w8 + o[m + 2] * wa;
}
static void snake(float* R y, int n, float a, float ib) {
  for (int m = 0; m < n; m++) { float s = sin_poly(reduce(a * y[m])); y[m] += ib * s * s; }
}
static void snake_gradient(const float* R y, float* R g, int n, float a, float ib, float& sa, float& sb) {
  float ta = 0, tb = 0;
  for (int m = 0; m < n; m++) {
    float r = reduce(a * y[m]), s = sin_poly(r), d = 2 * s * cos_poly(r);
    tb += s * s * g[m];
    ta += ib * d * y[m] * g[m];
    g[m] *= 1 + a * ib * d;
  }
  sa += ta; sb += tb;
}
static void down_transposed(const float* R g, float* R ge, float* R go, int n, const float* R w) {   // q = -3 .. n+2
  const float w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4], w5 = w[5], w6 = w[6], w7 = w[7], w8 = w[8], w9 = w[9], wa = w[10], wb = w[11];
  for (int q = -3; q < n + 3; q++) {
    ge[q] = g[q + 2] * w1 + g[q + 1] * w3 + g[q] * w5 + g[q - 1] * w7 + g[q - 2] * w9 + g[q - 3] * wb;
    go[q] = g[q + 3] * w0 + g[q + 2] * w2 + g[q + 1] * w4 + g[q] * w6 + g[q - 1] * w8 + g[q - 2] * wa;
  }
}
static void up_transposed(const float* R ge, const float* R go, float* R gx, int n, const float* R w) {   // gx[j], j = 0 .. n+9
  // gx[j] = 2 sum_i ge[j-2-i] w[2i] + go[j-3-i] w[2i+1]; ge, go are zero outside 0..n-1
  for (int j = 0; j < n + 10; j++) {
    float s = 0;
    s += ge[j - 2] * w[0] + ge[j - 3] * w[2] + ge[j - 4] * w[4] + ge[j - 5] * w[6] + ge[j - 6] * w[8] + ge[j - 7] * w[10];
    s += go[j - 3] * w[1] + go[j - 4] * w[3] + go[j - 5] * w[5] + go[j - 6] * w[7] + go[j - 7] * w[9] + go[j - 8] * w[11];
    gx[j] = 2 * s;
  }
}
static void pad_row(const float* x, float* xp, int n) {
  for (int i = 0; i < 5; i++) { xp[i] = x[0]; xp[n + 5 + i] = x[n - 1]; }
  memcpy(xp + 5, x, sizeof(float) * n);
}
extern "C" void snake_forward(const float* x, float* out, const float* alpha, const float* invbeta, const float* w,
                              int rows, int channels, int n) {
  std::vector<float> xp(n + 16), even(n + 8), odd(n + 8);
  float *e = even.data() + 3, *o = odd.data() + 3;
  for (int r = 0; r < rows; r++) {
    float a = alpha[r % channels], ib = invbeta[r % channels];
    pad_row(x + (size_t)r * n, xp.data(), n);
    up(xp.data(), e, o, n, w);
    snake(e, n, a, ib);
    snake(o, n, a, ib);
    for (int i = 1; i <= 3; i++) { e[-i] = o[-i] = e[0]; e[n - 1 + i] = o[n - 1 + i] = o[n - 1]; }
    down(e, o, out + (size_t)r * n, n, w);
  }
}
// gy: gradient of out; gx: gradient of x; ga, gib: gradients of a and 1/b for each ROW (the caller sums over the batch)
extern "C" void snake_backward(const float* x, const float* gy, float* gx, float* ga, float* gib, const float* alpha,
                               const float* invbeta, const float* w, int rows, int channels, int n) {
  std::vector<float> xp(n + 16), even(n), odd(n), gp(n + 16, 0.f), gev(n + 32, 0.f), god(n + 32, 0.f), gxp(n + 16);
  float *e = even.data(), *o = odd.data(), *g = gp.data() + 8, *ge = gev.data() + 12, *go = god.data() + 12;
  for (int r = 0; r < rows; r++) {
    float a = alpha[r % channels], ib = invbeta[r % channels];
    pad_row(x + (size_t)r * n, xp.data(), n);
    up(xp.data(), e, o, n, w);
    memcpy(g, gy + (size_t)r * n, sizeof(float) * n);
    down_transposed(g, ge, go, n, w);
    for (int i = 1; i <= 3; i++) {      // fold the replicated edges back, then clear them
      ge[0] += ge[-i] + go[-i]; go[n - 1] += ge[n - 1 + i] + go[n - 1 + i];
      ge[-i] = go[-i] = ge[n - 1 + i] = go[n - 1 + i] = 0;
    }
    float sa = 0, sb = 0;
    snake_gradient(e, ge, n, a, ib, sa, sb);
    snake_gradient(o, go, n, a, ib, sa, sb);
    ga[r] = sa; gib[r] = sb;
    float* t = gxp.data();
    up_transposed(ge, go, t, n, w);
    for (int i = 0; i < 5; i++) { t[5] += t[i]; t[n + 4] += t[n + 5 + i]; }
    memcpy(gx + (size_t)r * n, t + 5, sizeof(float) * n);
  }
}
