"""One hidden layer on the digits of scikit-learn: mini-batches, momentum and a generated gradient."""

import numpy as np
from sklearn.datasets import load_digits

from s2sad import grad


def predict(parameters, images):
    hidden = np.maximum(images @ parameters["W1"] + parameters["b1"], 0)
    return hidden @ parameters["W2"] + parameters["b2"]


def loss(parameters, images, targets):
    """Return the mean cross-entropy; `targets` has one row of 0 and 1 for each image."""
    scores = predict(parameters, images)
    scores = scores - np.max(scores, axis=1, keepdims=True)
    log_normalizer = np.log(np.sum(np.exp(scores), axis=1))
    return np.mean(log_normalizer - np.sum(targets * scores, axis=1))


def accuracy(parameters, images, labels):
    return np.mean(np.argmax(predict(parameters, images), axis=1) == labels)


def main():
    images, labels = load_digits(return_X_y=True)
    images = images / 16
    targets = np.eye(10)[labels]

    rng = np.random.default_rng(0)
    order = rng.permutation(len(images))
    train, test = order[:1347], order[1347:]

    hidden = 64
    parameters = {
        "W1": rng.normal(size=(64, hidden)) * np.sqrt(2 / 64),
        "b1": np.zeros(hidden),
        "W2": rng.normal(size=(hidden, 10)) * np.sqrt(1 / hidden),
        "b2": np.zeros(10),
    }
    velocity = {name: np.zeros_like(value) for name, value in parameters.items()}
    gradient = grad(loss)
    print(gradient.source_for(parameters, images[train[:32]], targets[train[:32]]))

    for _epoch in range(30):
        shuffled = rng.permutation(train)
        for start in range(0, len(shuffled), 32):
            batch = shuffled[start : start + 32]
            step = gradient(parameters, images[batch], targets[batch])
            for name in parameters:
                velocity[name] = 0.9 * velocity[name] - 0.1 * step[name]
                parameters[name] = parameters[name] + velocity[name]

    print(f"test accuracy: {100 * accuracy(parameters, images[test], labels[test]):.2f} %")


if __name__ == "__main__":
    main()
