/// Selective scan, lanes across channels. A chunk of steps is gone through state by state, so that a state lives in a
/// register while time runs.
#pragma once
#include "vector_math.h"

#define LOG2E 1.44269504f
/// States that the backward pass works on at a time.
#define SCAN_STATES 4

/// Up to INN_SCAN_CHUNK steps of LANES channels.
ALWAYS void scan_forward_steps(const inn_scan_input *in, const inn_scan_output *out, int first, int count, int e, int n,
    int stateSize, vf *state, const vf *rate, vf skip) {
    vf delta[INN_SCAN_CHUNK], u[INN_SCAN_CHUNK], y[INN_SCAN_CHUNK];
    for (int t = 0; t < count; t++) {
        const vf x = load_n(in->x + (size_t)(first + t) * in->xStride + e, n);
        delta[t] = load_n(in->delta + (size_t)(first + t) * in->deltaStride + e, n);
        u[t] = delta[t] * x;
        y[t] = skip * x;
    }
    const size_t stride = (size_t)in->bcStride;
    const float *b = in->b + first * stride, *c = in->c + first * stride;
    for (int s = 0; s < stateSize; s++) {
        vf value = state[s];
        for (int t = 0; t < count; t++) {
            value = fma_v(exp2_v(delta[t] * rate[s]), value, u[t] * b[t * stride + s]);
            y[t] = fma_v(value, (vf)(c[t * stride + s]), y[t]);
        }
        state[s] = value;
    }
    for (int t = 0; t < count; t++) store_n(out->y + (size_t)(first + t) * out->yStride + e, y[t], n);
}

ALWAYS void scan_forward_block(const inn_scan_input *in, const inn_scan_output *out, int e, int n) {
    const int channels = in->channels, stateSize = in->stateSize;
    vf state[64], rate[64];
    for (int s = 0; s < stateSize; s++) {
        state[s] = load_n(out->state + (size_t)s * channels + e, n);
        rate[s] = load_n(in->a + (size_t)s * channels + e, n) * LOG2E;
    }
    const vf skip = load_n(in->skip + e, n);
    for (int t = 0; t < in->steps; t += INN_SCAN_CHUNK) {
        if (out->boundaries) {
            float *boundary = out->boundaries + (size_t)(t / INN_SCAN_CHUNK) * stateSize * channels + e;
            for (int s = 0; s < stateSize; s++) store_n(boundary + (size_t)s * channels, state[s], n);
        }
        if (in->steps - t >= INN_SCAN_CHUNK)
            scan_forward_steps(in, out, t, INN_SCAN_CHUNK, e, n, stateSize, state, rate, skip);
        else scan_forward_steps(in, out, t, in->steps - t, e, n, stateSize, state, rate, skip);
    }
    for (int s = 0; s < stateSize; s++) store_n(out->state + (size_t)s * channels + e, state[s], n);
}

/// One step, as text is generated: its states wait for nothing but each other's share of y. The same sums in the same
/// order.
ALWAYS void scan_forward_one(const inn_scan_input *in, const inn_scan_output *out, int e, int n, int stateSize) {
    const vf x = load_n(in->x + e, n), delta = load_n(in->delta + e, n), u = delta * x;
    vf y = load_n(in->skip + e, n) * x;
    for (int s = 0; s < stateSize; s++) {
        const size_t at = (size_t)s * in->channels + e;
        const vf before = load_n(out->state + at, n), rate = load_n(in->a + at, n) * LOG2E;
        if (out->boundaries) store_n(out->boundaries + at, before, n);
        const vf value = fma_v(exp2_v(delta * rate), before, u * in->b[s]);
        y = fma_v(value, (vf)(in->c[s]), y);
        store_n(out->state + at, value, n);
    }
    store_n(out->y + e, y, n);
}

static void scan_forward(const inn_scan_input *in, const inn_scan_output *out) {
#define STEPS(e, n) scan_forward_block(in, out, e, n);
#define ONE_OF_16(e, n) scan_forward_one(in, out, e, n, 16);
#define ONE(e, n) scan_forward_one(in, out, e, n, in->stateSize);
    if (in->steps != 1) FOR_LANES(in->channels, STEPS);
    else if (in->stateSize == 16) FOR_LANES(in->channels, ONE_OF_16);
    else FOR_LANES(in->channels, ONE);
#undef STEPS
#undef ONE_OF_16
#undef ONE
}

typedef struct {
    vf *adjoint;   ///< gradient of the state, [blocks, stateSize]
    vf *db, *dc;   ///< [INN_SCAN_CHUNK, stateSize], summed over channel blocks
} scan_workspace;

/// What the backward pass of up to INN_SCAN_CHUNK steps reads and sums up for LANES channels.
typedef struct {
    vf delta[INN_SCAN_CHUNK], u[INN_SCAN_CHUNK], dy[INN_SCAN_CHUNK], du[INN_SCAN_CHUNK], ddelta[INN_SCAN_CHUNK];
} scan_steps;

/// Some states over the steps of a chunk: forward once more, then back. What all states share is read once for them.
ALWAYS void scan_backward_states(const inn_scan_input *in, const inn_scan_gradient *g, const scan_workspace *w,
    scan_steps *steps, const float *boundary, int first, int count, int e, int n, vf *adjoint, int s, int some) {
    const int channels = in->channels;
    const size_t stride = (size_t)in->bcStride;
    const float *b = in->b + first * stride + s, *c = in->c + first * stride + s;
    vf states[INN_SCAN_CHUNK + 1][SCAN_STATES], decays[INN_SCAN_CHUNK][SCAN_STATES];
    vf rate[SCAN_STATES], scaled[SCAN_STATES], carried[SCAN_STATES], da[SCAN_STATES];
    vf *dbs = w->db + s * INN_SCAN_CHUNK, *dcs = w->dc + s * INN_SCAN_CHUNK;
    for (int p = 0; p < some; p++) {
        rate[p] = load_n(in->a + (size_t)(s + p) * channels + e, n);
        scaled[p] = rate[p] * LOG2E;
        states[0][p] = load_n(boundary + (size_t)(s + p) * channels, n);
        carried[p] = adjoint[s + p];
        da[p] = load_n(g->da + (size_t)(s + p) * channels + e, n);
    }
    for (int t = 0; t < count; t++) {
        const vf delta = steps->delta[t], u = steps->u[t];
        for (int p = 0; p < some; p++) {
            decays[t][p] = exp2_v(delta * scaled[p]);
            states[t + 1][p] = fma_v(decays[t][p], states[t][p], u * b[t * stride + p]);
        }
    }
    for (int t = count - 1; t >= 0; t--) {
        const vf delta = steps->delta[t], u = steps->u[t], dy = steps->dy[t];
        vf du = steps->du[t], ddelta = steps->ddelta[t];
        for (int p = 0; p < some; p++) {
            vf *db = dbs + p * INN_SCAN_CHUNK + t, *dc = dcs + p * INN_SCAN_CHUNK + t;
            const vf ds = fma_v(dy, (vf)(c[t * stride + p]), carried[p]);
            *dc = fma_v(dy, states[t + 1][p], *dc);
            *db = fma_v(ds, u, *db);
            du = fma_v(ds, (vf)(b[t * stride + p]), du);
            carried[p] = ds * decays[t][p];
            const vf dz = carried[p] * states[t][p];
            da[p] = fma_v(dz, delta, da[p]);
            ddelta = fma_v(dz, rate[p], ddelta);
        }
        steps->du[t] = du;
        steps->ddelta[t] = ddelta;
    }
    for (int p = 0; p < some; p++) {
        adjoint[s + p] = carried[p];
        store_n(g->da + (size_t)(s + p) * channels + e, da[p], n);
    }
}

/// The sizes that nearly all are get a copy of their own, whose loops unroll.
static __attribute__((noinline)) void scan_backward_all(const inn_scan_input *in, const inn_scan_gradient *g,
    const scan_workspace *w, scan_steps *steps, const float *boundary, int first, int e, vf *adjoint, int s) {
    scan_backward_states(in, g, w, steps, boundary, first, INN_SCAN_CHUNK, e, LANES, adjoint, s, SCAN_STATES);
}

static __attribute__((noinline)) void scan_backward_rest(const inn_scan_input *in, const inn_scan_gradient *g,
    const scan_workspace *w, scan_steps *steps, const float *boundary, int first, int count, int e, int n, vf *adjoint,
    int s, int some) {
    scan_backward_states(in, g, w, steps, boundary, first, count, e, n, adjoint, s, some);
}

/// A chunk of LANES channels.
ALWAYS void scan_backward_block(const inn_scan_input *in, const inn_scan_gradient *g, const scan_workspace *w,
    int chunk, int count, int e, int n) {
    const int stateSize = in->stateSize, first = chunk * INN_SCAN_CHUNK;
    const float *boundary = g->boundaries + (size_t)chunk * stateSize * in->channels + e;
    vf *adjoint = w->adjoint + (size_t)(e / LANES) * stateSize;
    scan_steps steps;
    for (int t = 0; t < count; t++) {
        steps.delta[t] = load_n(in->delta + (size_t)(first + t) * in->deltaStride + e, n);
        steps.u[t] = steps.delta[t] * load_n(in->x + (size_t)(first + t) * in->xStride + e, n);
        steps.dy[t] = load_n(g->dy + (size_t)(first + t) * g->dyStride + e, n);
        steps.du[t] = steps.ddelta[t] = (vf)(0.0f);
    }
    // What the chunk before this one needs lies in main memory, backwards and in pieces that the processor does not
    // foresee.
    if (chunk > 0) {
        for (int s = 0; s < stateSize; s++) __builtin_prefetch(boundary - (size_t)(s + 1) * in->channels);
        for (int t = 1; t <= INN_SCAN_CHUNK; t++)
            __builtin_prefetch(in->delta + (size_t)(first - t) * in->deltaStride + e);
    }
    for (int s = 0; s < stateSize; s += SCAN_STATES) {
        const int some = stateSize - s < SCAN_STATES ? stateSize - s : SCAN_STATES;
        if (n == LANES && count == INN_SCAN_CHUNK && some == SCAN_STATES)
            scan_backward_all(in, g, w, &steps, boundary, first, e, adjoint, s);
        else scan_backward_rest(in, g, w, &steps, boundary, first, count, e, n, adjoint, s, some);
    }
    const vf skip = load_n(in->skip + e, n);
    vf dskip = load_n(g->dskip + e, n);
    for (int t = count - 1; t >= 0; t--) {
        const vf x = load_n(in->x + (size_t)(first + t) * in->xStride + e, n), dy = steps.dy[t], du = steps.du[t];
        dskip = fma_v(dy, x, dskip);
        store_n(g->dx + (size_t)(first + t) * g->dxStride + e, fma_v(du, steps.delta[t], dy * skip), n);
        store_n(g->ddelta + (size_t)(first + t) * g->ddeltaStride + e, fma_v(du, x, steps.ddelta[t]), n);
    }
    store_n(g->dskip + e, dskip, n);
}

/// Sums over the lanes of `parts`, [stateSize, INN_SCAN_CHUNK], LANES vectors at a time, to out[t * stride + s].
ALWAYS void scan_sum_lanes(const vf *parts, int stateSize, int count, float *out, int stride) {
    const int total = stateSize * INN_SCAN_CHUNK;
    for (int first = 0; first < total; first += LANES) {
        vf block[LANES];
        for (int i = 0; i < LANES; i++) block[i] = first + i < total ? parts[first + i] : (vf)(0.0f);
        transpose_v(block);
        for (int width = LANES / 2; width > 0; width /= 2)
            for (int i = 0; i < width; i++) block[i] += block[i + width];
        for (int i = 0; i < LANES && first + i < total; i++)
            if ((first + i) % INN_SCAN_CHUNK < count)
                out[(size_t)((first + i) % INN_SCAN_CHUNK) * stride + (first + i) / INN_SCAN_CHUNK] = block[0][i];
    }
}

static void scan_backward(const inn_scan_input *in, const inn_scan_gradient *g) {
    const int stateSize = in->stateSize, blocks = (in->channels + LANES - 1) / LANES;
    vf *base = (vf *)(((uintptr_t)g->scratch + 63) & ~(uintptr_t)63);
    scan_workspace w = {base, 0, 0};
    w.db = w.adjoint + (size_t)blocks * stateSize;
    w.dc = w.db + INN_SCAN_CHUNK * stateSize;
    memset(w.adjoint, 0, sizeof(vf) * (size_t)blocks * stateSize);
    for (int chunk = (in->steps - 1) / INN_SCAN_CHUNK; chunk >= 0; chunk--) {
        memset(w.db, 0, 2 * sizeof(vf) * INN_SCAN_CHUNK * (size_t)stateSize);
        const int first = chunk * INN_SCAN_CHUNK;
        const int count = in->steps - first < INN_SCAN_CHUNK ? in->steps - first : INN_SCAN_CHUNK;
#define BODY(e, n) scan_backward_block(in, g, &w, chunk, count, e, n);
        FOR_LANES(in->channels, BODY);
#undef BODY
        scan_sum_lanes(w.db, stateSize, count, g->db + (size_t)first * g->dbcStride, g->dbcStride);
        scan_sum_lanes(w.dc, stateSize, count, g->dc + (size_t)first * g->dbcStride, g->dbcStride);
    }
}
