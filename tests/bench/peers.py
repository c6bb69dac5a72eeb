"""How others compute the same in NumPy: equivalents of published algorithms.

Each class does `forward(x)` and `backward(dout)`; backward returns dx and what else is
learnt. They are as fast as their books and courses have them, no slower: what these
leave to Cython is written here as NumPy over whole arrays.
"""

from __future__ import annotations

import numpy as np


class BookConv:
    """The im2col of the from-scratch books: a loop over the cells of the kernel.

    Columns are filled cell by cell, turned by one large transpose, and multiplied in
    one product; the way back does the same in reverse order.
    """

    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad

    def forward(self, x):
        FN, _, kh, kw = self.W.shape
        N, self.shape = len(x), x.shape
        self.col, (OH, OW) = book_im2col(x, kh, kw, self.stride, self.pad)
        self.col_W = self.W.reshape(FN, -1).T
        out = np.dot(self.col, self.col_W) + self.b
        return out.reshape(N, OH, OW, -1).transpose(0, 3, 1, 2)

    def backward(self, dout):
        FN, C, kh, kw = self.W.shape
        dout = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
        db = np.sum(dout, axis=0)
        dW = np.dot(self.col.T, dout).transpose(1, 0).reshape(FN, C, kh, kw)
        dcol = np.dot(dout, self.col_W.T)
        dx = book_col2im(dcol, self.shape, kh, kw, self.stride, pad=self.pad)
        return dx, dW, db


class CourseConv:
    """The fast layer of the well-known course: strides instead of a copying loop.

    All windows are one strided view, copied once in the order (C, kh, kw, N, OH, OW).
    Its col2im, in Cython there, is a loop over the cells of the kernel here.
    """

    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad

    def forward(self, x):
        N, C, H, W = self.shape = x.shape
        F, _, HH, WW = self.W.shape
        p, s = self.pad, self.stride
        padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
        H, W = H + 2 * p, W + 2 * p
        OH, OW = (H - HH) // s + 1, (W - WW) // s + 1
        shape = (C, HH, WW, N, OH, OW)
        strides = (H * W, W, 1, C * H * W, s * W, s)
        strides = tuple(x.itemsize * step for step in strides)
        view = np.lib.stride_tricks.as_strided(padded, shape=shape, strides=strides)
        self.cols = np.ascontiguousarray(view).reshape(C * HH * WW, N * OH * OW)
        res = self.W.reshape(F, -1).dot(self.cols) + self.b.reshape(-1, 1)
        self.places = OH, OW
        return np.ascontiguousarray(res.reshape(F, N, OH, OW).transpose(1, 0, 2, 3))

    def backward(self, dout):
        N, C, H, W = self.shape
        F, _, HH, WW = self.W.shape
        (OH, OW), p, s = self.places, self.pad, self.stride
        db = np.sum(dout, axis=(0, 2, 3))
        rows = dout.transpose(1, 0, 2, 3).reshape(F, -1)
        dW = rows.dot(self.cols.T).reshape(self.W.shape)
        dcols = self.W.reshape(F, -1).T.dot(rows).reshape(C, HH, WW, N, OH, OW)
        dx = np.zeros((C, N, H + 2 * p, W + 2 * p), dout.dtype)
        for i in range(HH):
            for j in range(WW):
                dx[:, :, i : i + s * OH : s, j : j + s * OW : s] += dcols[:, i, j]
        return dx[:, :, p : H + p, p : W + p].transpose(1, 0, 2, 3), dW, db


class IndexConv:
    """The same course's first im2col: lists of indices, and np.add.at back."""

    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad

    def forward(self, x):
        N, C, H, W = self.shape = x.shape
        F, _, HH, WW = self.W.shape
        p, s = self.pad, self.stride
        padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
        OH, OW = (H + 2 * p - HH) // s + 1, (W + 2 * p - WW) // s + 1
        i = np.tile(np.repeat(np.arange(HH), WW), C).reshape(-1, 1)
        j = np.tile(np.arange(WW), HH * C).reshape(-1, 1)
        i = i + s * np.repeat(np.arange(OH), OW).reshape(1, -1)
        j = j + s * np.tile(np.arange(OW), OH).reshape(1, -1)
        k = np.repeat(np.arange(C), HH * WW).reshape(-1, 1)
        self.where, self.places = (k, i, j), (OH, OW)
        self.cols = padded[:, k, i, j].transpose(1, 2, 0).reshape(C * HH * WW, -1)
        res = self.W.reshape(F, -1) @ self.cols + self.b.reshape(-1, 1)
        return res.reshape(F, OH, OW, N).transpose(3, 0, 1, 2)

    def backward(self, dout):
        N, C, H, W = self.shape
        F, p = len(self.W), self.pad
        db = np.sum(dout, axis=(0, 2, 3))
        rows = dout.transpose(1, 2, 3, 0).reshape(F, -1)
        dW = (rows @ self.cols.T).reshape(self.W.shape)
        dcols = self.W.reshape(F, -1).T @ rows
        dcols = dcols.reshape(len(self.cols), -1, N).transpose(2, 0, 1)
        dx = np.zeros((N, C, H + 2 * p, W + 2 * p), dout.dtype)
        np.add.at(dx, (slice(None), *self.where), dcols)
        return dx[:, :, p : H + p, p : W + p], dW, db


class LoopConv:
    """The naive layer: a loop over samples, kernels and places."""

    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad

    def forward(self, x):
        p = self.pad
        self.x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
        y = np.zeros(self._shape(), x.dtype)
        for n, f, i, j in np.ndindex(*y.shape):
            y[n, f, i, j] = np.sum(self.x[self._at(n, i, j)] * self.W[f]) + self.b[f]
        return y

    def backward(self, dout):
        dx, dW = np.zeros_like(self.x), np.zeros_like(self.W)
        for n, f, i, j in np.ndindex(*dout.shape):
            dW[f] += dout[n, f, i, j] * self.x[self._at(n, i, j)]
            dx[self._at(n, i, j)] += dout[n, f, i, j] * self.W[f]
        inside = slice(self.pad, dx.shape[2] - self.pad)
        return dx[:, :, inside, inside], dW, dout.sum(axis=(0, 2, 3))

    def _shape(self):
        (N, _, H, W), (F, _, HH, WW) = self.x.shape, self.W.shape
        return N, F, (H - HH) // self.stride + 1, (W - WW) // self.stride + 1

    def _at(self, n, i, j):
        (_, _, HH, WW), s = self.W.shape, self.stride
        return n, slice(None), slice(i * s, i * s + HH), slice(j * s, j * s + WW)


class BookPool:
    """The maximum pooling of the from-scratch books: im2col, argmax, col2im."""

    def __init__(self, size):
        self.size = size

    def forward(self, x):
        (N, C, *_), k = x.shape, self.size
        self.shape = x.shape
        col, (OH, OW) = book_im2col(x, k, k, k, 0)
        col = col.reshape(-1, k * k)
        self.arg_max = np.argmax(col, axis=1)
        out = np.max(col, axis=1)
        return out.reshape(N, OH, OW, C).transpose(0, 3, 1, 2)

    def backward(self, dout):
        k = self.size
        dout = dout.transpose(0, 2, 3, 1)
        dmax = np.zeros((dout.size, k * k), dout.dtype)
        dmax[np.arange(self.arg_max.size), self.arg_max.flatten()] = dout.flatten()
        dcol = dmax.reshape(dout.shape[0] * dout.shape[1] * dout.shape[2], -1)
        return (book_col2im(dcol, self.shape, k, k, k, pad=0),)


class CoursePool:
    """The fast maximum pooling of the course: a reshape, where the windows fit.

    On ties it gives every winner a share; ours gives all to the first.
    """

    def __init__(self, size):
        self.size = size

    def forward(self, x):
        N, C, H, W = x.shape
        k = self.size
        self.windows = x.reshape(N, C, H // k, k, W // k, k)
        self.out = self.windows.max(axis=3).max(axis=4)
        return self.out

    def backward(self, dout):
        dx = np.zeros_like(self.windows)
        spread = self.out[:, :, :, np.newaxis, :, np.newaxis]
        mask = self.windows == spread
        dout = dout[:, :, :, np.newaxis, :, np.newaxis]
        dout, _ = np.broadcast_arrays(dout, dx)
        dx[mask] = dout[mask]
        dx /= np.sum(mask, axis=(3, 5), keepdims=True)
        N, C, H, k, W, _ = dx.shape
        return (dx.reshape(N, C, H * k, W * k),)


class CourseNorm:
    """Spatial batch normalisation of the course: channels to the end, then 1d.

    Its backward pass is the simplified one.
    """

    def __init__(self, gamma, beta, eps=1e-5):
        self.gamma, self.beta, self.eps = gamma, beta, eps

    def forward(self, x):
        N, C, H, W = self.shape = x.shape
        rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
        mean, var = rows.mean(axis=0), rows.var(axis=0)
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (rows - mean) / self.std
        out = self.gamma * self.x_hat + self.beta
        return out.reshape(N, H, W, C).transpose(0, 3, 1, 2)

    def backward(self, dout):
        N, C, H, W = self.shape
        rows = dout.transpose(0, 2, 3, 1).reshape(-1, C)
        dbeta, dgamma = rows.sum(axis=0), (rows * self.x_hat).sum(axis=0)
        m = len(rows)
        dx = self.gamma * (m * rows - dgamma * self.x_hat - dbeta) / (m * self.std)
        return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


class BookAffine:
    """The fully connected layer of the books."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.shape = x.shape
        self.x = x.reshape(len(x), -1)
        return np.dot(self.x, self.W) + self.b

    def backward(self, dout):
        dx = np.dot(dout, self.W.T).reshape(self.shape)
        return dx, np.dot(self.x.T, dout), np.sum(dout, axis=0)


class BookReLU:
    """The ReLU of the books: a mask, and assignment through it."""

    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout = dout.copy()
        dout[self.mask] = 0
        return (dout,)


def lenet_step(layers, rate):
    """Return a training step of peers' layers: forward, softmax, backward, update."""

    def step(x, labels):
        for layer in layers:
            x = layer.forward(x)
        e = np.exp(x - x.max(axis=1, keepdims=True))
        dout = e / e.sum(axis=1, keepdims=True)
        dout[np.arange(len(dout)), labels] -= 1
        dout /= np.float32(len(dout))
        for layer in reversed(layers):
            dout, *gradients = layer.backward(dout)
            if gradients:
                layer.W -= rate * gradients[0]
                layer.b -= rate * gradients[1]

    return step


def book_im2col(x, kh, kw, stride, pad):
    """Return the columns, one row per window, and how many windows fit."""
    N, C, H, W = x.shape
    OH, OW = (H + 2 * pad - kh) // stride + 1, (W + 2 * pad - kw) // stride + 1
    img = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], "constant")
    col = np.zeros((N, C, kh, kw, OH, OW), x.dtype)
    for y in range(kh):
        for z in range(kw):
            stop = y + stride * OH, z + stride * OW
            col[:, :, y, z] = img[:, :, y : stop[0] : stride, z : stop[1] : stride]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * OH * OW, -1), (OH, OW)


def book_col2im(col, shape, kh, kw, stride, *, pad):
    """Add the columns up to an image batch of this shape."""
    N, C, H, W = shape
    OH, OW = (H + 2 * pad - kh) // stride + 1, (W + 2 * pad - kw) // stride + 1
    col = col.reshape(N, OH, OW, C, kh, kw).transpose(0, 3, 4, 5, 1, 2)
    size = (N, C, H + 2 * pad + stride - 1, W + 2 * pad + stride - 1)
    img = np.zeros(size, col.dtype)
    for y in range(kh):
        for z in range(kw):
            stop = y + stride * OH, z + stride * OW
            img[:, :, y : stop[0] : stride, z : stop[1] : stride] += col[:, :, y, z]
    return img[:, :, pad : H + pad, pad : W + pad]
