"""Softmax regression on the handwritten digits of scikit-learn, trained with a generated gradient."""

import numpy as np
from sklearn.datasets import load_digits

from s2sad import grad


def loss(parameters, images, targets):
    """Return the mean cross-entropy plus a small penalty; `targets` has one row of 0 and 1 for each image."""
    weights, biases = parameters
    scores = images @ weights + biases
    scores = scores - np.max(scores, axis=1, keepdims=True)
    log_normalizer = np.log(np.sum(np.exp(scores), axis=1))
    fit = np.mean(log_normalizer - np.sum(targets * scores, axis=1))
    return fit + 1e-4 * np.sum(weights**2)


def accuracy(parameters, images, labels):
    weights, biases = parameters
    return np.mean(np.argmax(images @ weights + biases, axis=1) == labels)


def main():
    images, labels = load_digits(return_X_y=True)
    images = images / 16
    targets = np.eye(10)[labels]

    rng = np.random.default_rng(0)
    order = rng.permutation(len(images))
    train, test = order[:1347], order[1347:]

    parameters = (np.zeros((64, 10)), np.zeros(10))
    gradient = grad(loss)
    print(gradient.source_for(parameters, images[train[:50]], targets[train[:50]]))

    for _epoch in range(30):
        shuffled = rng.permutation(train)
        for start in range(0, len(shuffled), 50):
            batch = shuffled[start : start + 50]
            steps = gradient(parameters, images[batch], targets[batch])
            parameters = tuple(p - 0.5 * step for p, step in zip(parameters, steps))

    print(f"test accuracy: {100 * accuracy(parameters, images[test], labels[test]):.2f} %")


if __name__ == "__main__":
    main()
