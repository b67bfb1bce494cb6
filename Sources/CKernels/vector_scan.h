/// Selective scan, lanes across channels: the state of LANES channels lives in registers while time runs.
#pragma once
#include "vector_math.h"

#define LOG2E 1.44269504f

ALWAYS void scan_forward_block(const inn_scan_input *in, const inn_scan_output *out, int e, int n, int stateSize) {
    const int channels = in->channels;
    vf state[64], rate[64];
    for (int s = 0; s < stateSize; s++) {
        state[s] = load_n(out->state + (size_t)s * channels + e, n);
        rate[s] = load_n(in->a + (size_t)s * channels + e, n) * LOG2E;
    }
    const vf skip = load_n(in->skip + e, n);
    for (int t = 0; t < in->steps; t++) {
        if (out->boundaries && t % INN_SCAN_CHUNK == 0) {
            float *boundary = out->boundaries + (size_t)(t / INN_SCAN_CHUNK) * stateSize * channels + e;
            for (int s = 0; s < stateSize; s++) store_n(boundary + (size_t)s * channels, state[s], n);
        }
        const vf x = load_n(in->x + (size_t)t * in->xStride + e, n);
        const vf delta = load_n(in->delta + (size_t)t * in->deltaStride + e, n);
        const vf u = delta * x;
        const float *b = in->b + (size_t)t * in->bcStride, *c = in->c + (size_t)t * in->bcStride;
        vf y = skip * x;
        for (int s = 0; s < stateSize; s++) {
            state[s] = fma_v(exp2_v(delta * rate[s]), state[s], u * b[s]);
            y = fma_v(state[s], (vf)(c[s]), y);
        }
        store_n(out->y + (size_t)t * out->yStride + e, y, n);
    }
    for (int s = 0; s < stateSize; s++) store_n(out->state + (size_t)s * channels + e, state[s], n);
}

/// The common state sizes get their own copy so that the inner loops unroll.
#define SCAN_FORWARD(e, n) \
    if (stateSize == 16) scan_forward_block(in, out, e, n, 16); \
    else if (stateSize == 8) scan_forward_block(in, out, e, n, 8); \
    else scan_forward_block(in, out, e, n, stateSize);

static void scan_forward(const inn_scan_input *in, const inn_scan_output *out) {
    const int stateSize = in->stateSize;
    FOR_LANES(in->channels, SCAN_FORWARD);
}

typedef struct {
    vf *adjoint;   ///< gradient of the state, [blocks, stateSize]
    vf *states;    ///< [INN_SCAN_CHUNK + 1, stateSize]
    vf *decays;    ///< [INN_SCAN_CHUNK, stateSize]
    vf *db, *dc;   ///< [INN_SCAN_CHUNK, stateSize], summed over channel blocks
} scan_workspace;

ALWAYS void scan_backward_block(const inn_scan_input *in, const inn_scan_gradient *g, const scan_workspace *w,
                                int chunk, int e, int n, int stateSize) {
    const int channels = in->channels, first = chunk * INN_SCAN_CHUNK;
    const int count = in->steps - first < INN_SCAN_CHUNK ? in->steps - first : INN_SCAN_CHUNK;
    const float *boundary = g->boundaries + (size_t)chunk * stateSize * channels + e;
    vf *adjoint = w->adjoint + (size_t)(e / LANES) * stateSize;
    vf rate[64], da[64];
    for (int s = 0; s < stateSize; s++) {
        w->states[s] = load_n(boundary + (size_t)s * channels, n);
        rate[s] = load_n(in->a + (size_t)s * channels + e, n);
        da[s] = load_n(g->da + (size_t)s * channels + e, n);
    }
    for (int t = 0; t < count; t++) {
        const vf x = load_n(in->x + (size_t)(first + t) * in->xStride + e, n);
        const vf delta = load_n(in->delta + (size_t)(first + t) * in->deltaStride + e, n);
        const vf u = delta * x, scaled = delta * LOG2E;
        const float *b = in->b + (size_t)(first + t) * in->bcStride;
        vf *states = w->states + t * stateSize, *decays = w->decays + t * stateSize;
        for (int s = 0; s < stateSize; s++) {
            decays[s] = exp2_v(scaled * rate[s]);
            states[stateSize + s] = fma_v(decays[s], states[s], u * b[s]);
        }
    }
    const vf skip = load_n(in->skip + e, n);
    vf dskip = load_n(g->dskip + e, n);
    for (int t = count - 1; t >= 0; t--) {
        const vf x = load_n(in->x + (size_t)(first + t) * in->xStride + e, n);
        const vf delta = load_n(in->delta + (size_t)(first + t) * in->deltaStride + e, n);
        const vf dy = load_n(g->dy + (size_t)(first + t) * g->dyStride + e, n), u = delta * x;
        const float *b = in->b + (size_t)(first + t) * in->bcStride, *c = in->c + (size_t)(first + t) * in->bcStride;
        const vf *states = w->states + t * stateSize, *decays = w->decays + t * stateSize;
        vf *db = w->db + t * stateSize, *dc = w->dc + t * stateSize;
        vf du = (vf)(0.0f), ddelta = (vf)(0.0f);
        for (int s = 0; s < stateSize; s++) {
            const vf ds = fma_v(dy, (vf)(c[s]), adjoint[s]);
            dc[s] = fma_v(dy, states[stateSize + s], dc[s]);
            db[s] = fma_v(ds, u, db[s]);
            du = fma_v(ds, (vf)(b[s]), du);
            const vf carried = ds * decays[s], dz = carried * states[s];
            da[s] = fma_v(dz, delta, da[s]);
            ddelta = fma_v(dz, rate[s], ddelta);
            adjoint[s] = carried;
        }
        dskip = fma_v(dy, x, dskip);
        store_n(g->dx + (size_t)(first + t) * g->dxStride + e, fma_v(du, delta, dy * skip), n);
        store_n(g->ddelta + (size_t)(first + t) * g->ddeltaStride + e, fma_v(du, x, ddelta), n);
    }
    for (int s = 0; s < stateSize; s++) store_n(g->da + (size_t)s * channels + e, da[s], n);
    store_n(g->dskip + e, dskip, n);
}

#define SCAN_BACKWARD(e, n) \
    if (stateSize == 16) scan_backward_block(in, g, &w, chunk, e, n, 16); \
    else if (stateSize == 8) scan_backward_block(in, g, &w, chunk, e, n, 8); \
    else scan_backward_block(in, g, &w, chunk, e, n, stateSize);

static void scan_backward(const inn_scan_input *in, const inn_scan_gradient *g) {
    const int stateSize = in->stateSize, blocks = (in->channels + LANES - 1) / LANES;
    vf *base = (vf *)(((uintptr_t)g->scratch + 63) & ~(uintptr_t)63);
    scan_workspace w = {base, 0, 0, 0, 0};
    w.states = w.adjoint + (size_t)blocks * stateSize;
    w.decays = w.states + (INN_SCAN_CHUNK + 1) * stateSize;
    w.db = w.decays + INN_SCAN_CHUNK * stateSize;
    w.dc = w.db + INN_SCAN_CHUNK * stateSize;
    memset(w.adjoint, 0, sizeof(vf) * (size_t)blocks * stateSize);
    for (int chunk = (in->steps - 1) / INN_SCAN_CHUNK; chunk >= 0; chunk--) {
        memset(w.db, 0, 2 * sizeof(vf) * INN_SCAN_CHUNK * (size_t)stateSize);
        FOR_LANES(in->channels, SCAN_BACKWARD);
        const int first = chunk * INN_SCAN_CHUNK;
        const int count = in->steps - first < INN_SCAN_CHUNK ? in->steps - first : INN_SCAN_CHUNK;
        for (int t = 0; t < count; t++)
            for (int s = 0; s < stateSize; s++) {
                g->db[(size_t)(first + t) * g->dbcStride + s] = sum_v(w.db[t * stateSize + s]);
                g->dc[(size_t)(first + t) * g->dbcStride + s] = sum_v(w.dc[t * stateSize + s]);
            }
    }
}
