"""What tables and figures call attribution methods, controls and scores; needs no torch."""

CAM_NAMES = {
    "grad_cam": "Grad-CAM",
    "hires_cam": "HiResCAM",
    "grad_cam_plus_plus": "Grad-CAM++",
    "layer_cam": "LayerCAM",
    "xgrad_cam": "XGrad-CAM",
    "ssg_cam": "SSG-CAM",
    "consensus": "consensus CAM",
    "integrated_gradients": "integrated gradients from zero",
    "integrated_gradients_counterfactual": "integrated gradients from the counterfactual",
    "random": "control: random",
    "absorbance": "control: absorbance",
    "contribution": "the contribution itself",
}
# They know nothing of the component.
CONTROLS = ("random", "absorbance")
SCORE_NAMES = {
    "iou": "IoU",
    "iou_blurred": "IoU of the blurred map",
    "own_band_attribution": "part on own bands",
    "pointing": "pointing game",
    "rank_correlation": "rank correlation",
}
