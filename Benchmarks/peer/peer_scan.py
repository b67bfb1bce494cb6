"""The selective scan of a Mamba block in plain PyTorch, with a hand-written backward pass, in two ways.

Shapes: `[neurons, time, batch, inner]` for x and delta, `[neurons, time, batch, state]` for B and C,
`[sets, 1, state, inner]` for the decay rates, where sets is 1 or neurons. States lie as
`[neurons, batch, state, inner]`, so that the innermost loop of every operation runs over `inner`.
"""

import torch

CHUNK = 16
"""Steps whose states the sequential backward pass holds at once; only the state before each chunk is kept."""


def per_step(values):
    """`[neurons, time, batch, k]` as a contiguous `[time, neurons * batch, 1, k]`, one matrix batch per step."""
    neurons, time, batch, width = values.shape
    return values.transpose(0, 1).contiguous().view(time, neurons * batch, 1, width)


def from_steps(values, like):
    """The inverse of `per_step`, as a view."""
    neurons, time, batch, width = like.shape
    return values.view(time, neurons, batch, width).transpose(0, 1)


class SequentialScan(torch.autograd.Function):
    """One time step after another, vectorised over neurons, batch, state and inner.

    A step's operands stay in the cache. The backward pass recomputes the states chunk by chunk.
    `rates` is A / ln 2, because exp2 is several times as fast as exp in PyTorch on a CPU.
    """

    @staticmethod
    def forward(ctx, x, delta, rates, b, c):
        neurons, time, batch, inner = x.shape
        size = b.shape[-1]
        scaled = delta * x
        c_steps = per_step(c)
        y = x.new_empty(time, neurons * batch, 1, inner)
        boundaries = x.new_empty((time + CHUNK - 1) // CHUNK, neurons, batch, size, inner)
        state = x.new_zeros(neurons, batch, size, inner)
        matrices = state.view(-1, size, inner)
        decay = torch.empty_like(state)
        for t in range(time):
            if t % CHUNK == 0:
                boundaries[t // CHUNK].copy_(state)
            torch.mul(delta[:, t].unsqueeze(2), rates, out=decay)
            state.mul_(decay.exp2_()).addcmul_(scaled[:, t].unsqueeze(2), b[:, t].unsqueeze(3))
            torch.bmm(c_steps[t], matrices, out=y[t])
        ctx.save_for_backward(x, delta, rates, b, c_steps, scaled, boundaries)
        return from_steps(y, x)

    @staticmethod
    def backward(ctx, y_gradient):
        x, delta, rates, b, c_steps, scaled, boundaries = ctx.saved_tensors
        neurons, time, batch, inner = x.shape
        size = b.shape[-1]
        c = from_steps(c_steps, b)
        y_steps, b_steps, scaled_steps = per_step(y_gradient), per_step(b), per_step(scaled)
        states = x.new_empty(CHUNK + 1, neurons, batch, size, inner)
        decays = x.new_empty(CHUNK, neurons, batch, size, inner)
        gradient = x.new_zeros(neurons, batch, size, inner)
        matrices = gradient.view(-1, size, inner)
        product, weighted = torch.empty_like(gradient), torch.empty_like(gradient)
        rate_sum = torch.zeros_like(gradient)
        scaled_gradient = torch.empty_like(scaled_steps)
        delta_gradient = x.new_empty(time, neurons, batch, inner)
        b_gradient, c_gradient = torch.empty_like(b_steps), torch.empty_like(b_steps)
        for start in reversed(range(0, time, CHUNK)):
            stop = min(start + CHUNK, time)
            states[0].copy_(boundaries[start // CHUNK])
            for t in range(start, stop):
                decay = decays[t - start]
                torch.mul(delta[:, t].unsqueeze(2), rates, out=decay)
                torch.mul(decay.exp2_(), states[t - start], out=states[t - start + 1])
                states[t - start + 1].addcmul_(scaled[:, t].unsqueeze(2), b[:, t].unsqueeze(3))
            for t in reversed(range(start, stop)):
                gradient.addcmul_(c[:, t].unsqueeze(3), y_gradient[:, t].unsqueeze(2))
                torch.bmm(b_steps[t], matrices, out=scaled_gradient[t])
                torch.bmm(scaled_steps[t], matrices.transpose(1, 2), out=b_gradient[t])
                torch.bmm(y_steps[t], states[t - start + 1].view(-1, size, inner).transpose(1, 2), out=c_gradient[t])
                gradient.mul_(decays[t - start])
                torch.mul(gradient, states[t - start], out=product)
                rate_sum.addcmul_(product, delta[:, t].unsqueeze(2))
                torch.sum(torch.mul(product, rates, out=weighted), 2, out=delta_gradient[t])
        return scan_gradients(
            x, delta, rates, from_steps(scaled_gradient, x), from_steps(delta_gradient, x), rate_sum,
            from_steps(b_gradient, b), from_steps(c_gradient, b))


LN2 = 0.6931471805599453


def scan_gradients(x, delta, rates, scaled, direct, rate_sum, b, c):
    """Gradients of x, delta, rates, B and C from those of delta * x, of delta through the decay, and of the rates per stream."""
    delta_gradient = torch.addcmul(direct * LN2, scaled, x)
    rate_gradient = rate_sum.sum(1, keepdim=True) * LN2
    if rates.shape[0] == 1:
        rate_gradient = rate_gradient.sum(0, keepdim=True)
    return scaled * delta, delta_gradient, rate_gradient, b, c


def prefix_scan(decay, value, reverse=False):
    """Solves `value[t] += decay[t] * value[t - 1]` in place in 2 log2(time) sweeps (Brent and Kung); destroys `decay`.

    With `reverse`, time runs backwards: `value[t] += decay[t] * value[t + 1]`.
    """
    time = value.shape[0]

    def pick(tensor, first, stride, count):
        start = time - 1 - first - stride * (count - 1) if reverse else first
        return tensor[start:start + stride * (count - 1) + 1:stride]

    def combine(first, stride, distance, updates_decay):
        count = len(range(first, time, stride))
        if count == 0:
            return
        right = pick(decay, first, stride, count)
        pick(value, first, stride, count).addcmul_(right, pick(value, first - distance, stride, count))
        if updates_decay:
            right.mul_(pick(decay, first - distance, stride, count))

    distance = 1
    while distance < time:
        combine(2 * distance - 1, 2 * distance, distance, True)
        distance *= 2
    while distance >= 1:
        combine(3 * distance - 1, 2 * distance, distance, False)
        distance //= 2
    return value


def all_steps(inner, factor):
    """`[neurons, time, batch, inner]` times a factor of a state's shape, as a contiguous `[time, neurons, batch, state, inner]`."""
    neurons, time, batch, width = inner.shape
    result = inner.new_empty(time, neurons, batch, factor.shape[-2], width)
    return torch.mul(inner.transpose(0, 1).unsqueeze(3), factor, out=result)


class AssociativeScan(torch.autograd.Function):
    """All time steps at once with a log-depth scan; every intermediate is `time` times as large as a state."""

    @staticmethod
    def forward(ctx, x, delta, rates, b, c):
        time, size, inner = x.shape[1], b.shape[-1], x.shape[-1]
        scaled = delta * x
        c_steps = per_step(c)
        states = all_steps(scaled, b.transpose(0, 1).unsqueeze(4))
        prefix_scan(all_steps(delta, rates).exp2_(), states)
        y = torch.bmm(c_steps.flatten(0, 1), states.view(-1, size, inner))
        ctx.save_for_backward(x, delta, rates, b, c_steps, scaled, states)
        return from_steps(y.view(time, -1, 1, inner), x)

    @staticmethod
    def backward(ctx, y_gradient):
        x, delta, rates, b, c_steps, scaled, states = ctx.saved_tensors
        size, inner = b.shape[-1], x.shape[-1]
        y_steps, b_steps, scaled_steps = per_step(y_gradient), per_step(b), per_step(scaled)
        c = from_steps(c_steps, b)
        decay = all_steps(delta, rates).exp2_()
        shifted = torch.cat([decay[1:], torch.zeros_like(decay[:1])])
        gradient = all_steps(y_gradient, c.transpose(0, 1).unsqueeze(4))
        prefix_scan(shifted, gradient, reverse=True)
        matrices = gradient.view(-1, size, inner)
        scaled_gradient = torch.bmm(b_steps.flatten(0, 1), matrices)
        b_gradient = torch.bmm(scaled_steps.flatten(0, 1), matrices.transpose(1, 2))
        c_gradient = torch.bmm(y_steps.flatten(0, 1), states.view(-1, size, inner).transpose(1, 2))
        product = gradient.mul_(decay)
        product[1:].mul_(states[:-1])
        product[0].zero_()
        rate_sum = torch.mul(product, delta.transpose(0, 1).unsqueeze(3), out=decay).sum(0)
        direct = product.mul_(rates).sum(3)
        return scan_gradients(
            x, delta, rates, from_steps(scaled_gradient, x), from_steps(direct, x), rate_sum,
            from_steps(b_gradient, b), from_steps(c_gradient, b))


SCANS = {"sequential": SequentialScan, "associative": AssociativeScan}
