"""The models by their key in the config, and what tables and figures call them."""

# The registries of both kinds need torch and scikit-learn; names are needed where neither is.
NETWORK_NAMES = {
    "cnn": "CNN",
    "resnet": "ResNet-1D",
    "bilstm": "BiLSTM",
    "transformer": "CNN + Transformer",
    "dcnet_cbam": "DCNet-CBAM",
    "resm2a_cnn": "ResM2A-CNN",
    "towers": "residual towers",
}
CLASSICAL_NAMES = {
    "nnls_raw": "NNLS, absorbance",
    "nnls": "NNLS, derivative",
    "nnls_weighted": "NNLS, derivative, weighted",
    "library_search": "library search",
    "plsda": "PLS-DA",
    "svm": "SVM",
    "random_forest": "random forest",
    "gradient_boosting": "gradient boosting",
    "knn": "nearest neighbours",
}
MODEL_NAMES = NETWORK_NAMES | CLASSICAL_NAMES
