// The processor's features, as far as kernels use them. __builtin_cpu_supports also checks that the operating system saves the
// wide registers.
#define _GNU_SOURCE
#include "processor.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vnni");
}

/// Dot products of 16-bit floats.
static bool has_bf16(void) { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }

/// Tiles need a permission that the process asks for once; threads started later inherit it.
static bool may_use_tiles(void) {
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

static bool has_amx(void) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!has_avx512() || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    bool tiles = d >> 24 & 1, int8 = d >> 25 & 1;
    return tiles && int8 && may_use_tiles();
}
#else
static bool has_avx2(void) { return false; }
static bool has_avx512(void) { return false; }
static bool has_amx(void) { return false; }
static bool has_bf16(void) { return false; }
#endif

static struct {
    bool levels[PK_AMX + 1];
    bool bf16;
    char line[160];
} found;

static void look(void) {
    found.levels[PK_SCALAR] = true;
    found.levels[PK_AVX2] = has_avx2();
    found.levels[PK_AVX512] = has_avx512();
    found.levels[PK_AMX] = has_amx();
    found.bf16 = has_bf16();
    const char *const texts[] = {"scalar", "AVX2 FMA F16C", "AVX-512 F BW VL DQ VNNI", "AMX INT8"};
    for (int level = PK_AMX; level >= PK_SCALAR; level--) {
        if (!found.levels[level] || (level == PK_SCALAR && found.line[0])) continue;
        size_t used = strlen(found.line);
        const char *more = level == PK_AVX512 && found.bf16 ? " BF16" : "";
        snprintf(found.line + used, sizeof found.line - used, "%s%s%s", used ? ", " : "", texts[level], more);
    }
}

static void look_once(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, look);
}

int pk_processor_has(pk_level level) {
    look_once();
    return level >= PK_SCALAR && level <= PK_AMX && found.levels[level];
}

int pk_processor_has_bf16(void) {
    look_once();
    return found.bf16;
}

const char *pk_processor_features(void) {
    look_once();
    return found.line;
}
