#include "reference.h"

void inn_reference_scan_forward(const inn_scan_input *in, const inn_scan_output *out) {
    const size_t plane = (size_t)in->stateSize * in->channels;
    for (int t = 0; t < in->steps; t++) {
        if (out->boundaries && t % INN_SCAN_CHUNK == 0)
            memcpy(out->boundaries + (size_t)(t / INN_SCAN_CHUNK) * plane, out->state, plane * sizeof(float));
        for (int e = 0; e < in->channels; e++) {
            const float x = in->x[(size_t)t * in->xStride + e], delta = in->delta[(size_t)t * in->deltaStride + e];
            float y = in->skip[e] * x;
            for (int s = 0; s < in->stateSize; s++) {
                float *state = out->state + (size_t)s * in->channels + e;
                *state = expf(delta * in->a[(size_t)s * in->channels + e]) * *state
                    + delta * in->b[(size_t)t * in->bcStride + s] * x;
                y += in->c[(size_t)t * in->bcStride + s] * *state;
            }
            out->y[(size_t)t * out->yStride + e] = y;
        }
    }
}

/// Recomputes the states of one chunk for one channel and state index: states[0] is the boundary.
static void recompute_states(const inn_scan_input *in, const float *boundaries, int chunk, int count, int e, int s,
    float *states) {
    const size_t plane = (size_t)in->stateSize * in->channels;
    states[0] = boundaries[(size_t)chunk * plane + (size_t)s * in->channels + e];
    for (int i = 0; i < count; i++) {
        const size_t t = (size_t)chunk * INN_SCAN_CHUNK + (size_t)i;
        const float delta = in->delta[t * in->deltaStride + e];
        states[i + 1] = expf(delta * in->a[(size_t)s * in->channels + e]) * states[i]
            + delta * in->b[t * in->bcStride + s] * in->x[t * in->xStride + e];
    }
}

void inn_reference_scan_backward(const inn_scan_input *in, const inn_scan_gradient *g) {
    for (int t = 0; t < in->steps; t++) {
        memset(g->db + (size_t)t * g->dbcStride, 0, sizeof(float) * (size_t)in->stateSize);
        memset(g->dc + (size_t)t * g->dbcStride, 0, sizeof(float) * (size_t)in->stateSize);
        for (int e = 0; e < in->channels; e++) {
            const float dy = g->dy[(size_t)t * g->dyStride + e], x = in->x[(size_t)t * in->xStride + e];
            g->dx[(size_t)t * g->dxStride + e] = dy * in->skip[e];
            g->ddelta[(size_t)t * g->ddeltaStride + e] = 0;
            g->dskip[e] += dy * x;
        }
    }
    for (int e = 0; e < in->channels; e++)
        for (int s = 0; s < in->stateSize; s++) {
            const float a = in->a[(size_t)s * in->channels + e];
            float adjoint = 0, states[INN_SCAN_CHUNK + 1];
            for (int chunk = (in->steps - 1) / INN_SCAN_CHUNK; chunk >= 0; chunk--) {
                const int rest = in->steps - chunk * INN_SCAN_CHUNK,
                          count = rest < INN_SCAN_CHUNK ? rest : INN_SCAN_CHUNK;
                recompute_states(in, g->boundaries, chunk, count, e, s, states);
                for (int i = count - 1; i >= 0; i--) {
                    const size_t t = (size_t)chunk * INN_SCAN_CHUNK + (size_t)i;
                    const float delta = in->delta[t * in->deltaStride + e], x = in->x[t * in->xStride + e];
                    const float dy = g->dy[t * g->dyStride + e], b = in->b[t * in->bcStride + s];
                    const float ds = adjoint + dy * in->c[t * in->bcStride + s], decay = expf(delta * a);
                    g->dc[t * g->dbcStride + s] += dy * states[i + 1];
                    g->db[t * g->dbcStride + s] += ds * delta * x;
                    g->dx[t * g->dxStride + e] += ds * b * delta;
                    g->ddelta[t * g->ddeltaStride + e] += ds * (b * x + states[i] * decay * a);
                    g->da[(size_t)s * in->channels + e] += ds * states[i] * decay * delta;
                    adjoint = ds * decay;
                }
            }
        }
}
