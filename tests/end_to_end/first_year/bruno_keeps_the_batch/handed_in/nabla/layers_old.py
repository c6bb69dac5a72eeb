# first try, before the exercise class (please do not grade this one)
def affine_forward(x, W, b):
    return x * W + b
