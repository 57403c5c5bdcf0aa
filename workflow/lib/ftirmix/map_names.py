"""What tables and figures call attribution methods, controls and scores; needs no torch."""

CAM_NAMES = {
    "grad_cam": "Grad-CAM",
    "hires_cam": "HiResCAM",
    "grad_cam_plus_plus": "Grad-CAM++",
    "layer_cam": "LayerCAM",
    "xgrad_cam": "XGrad-CAM",
    "ssg_cam": "SSG-CAM",
    "ablation_cam": "Ablation-CAM",
    "de_ssg_cam": "DE-SSG-CAM",
    "ssg_cam_searched": "SSG-CAM, layers by random search",
    "ssg_cam_best": "SSG-CAM, best layer on validation",
    "ssg_cam_mean": "SSG-CAM, mean of layers",
    "consensus": "consensus CAM",
    "integrated_gradients": "integrated gradients from zero",
    "integrated_gradients_counterfactual": "integrated gradients from the counterfactual",
    "occlusion": "occlusion",
    "random": "control: random",
    "absorbance": "control: absorbance",
    "contribution": "the contribution itself",
}
# They know nothing of the component.
CONTROLS = ("random", "absorbance")
# From this share up most networks see the minor, and where they look can be asked of hits and misses alike.
SEEN_FROM = 0.1
SCORE_NAMES = {
    "iou": "IoU",
    "iou_blurred": "IoU of the blurred map",
    "own_band_attribution": "part on own bands",
    "pointing": "pointing game",
    "rank_correlation": "rank correlation",
    "removal": "effect removed",
    "insertion": "effect inserted",
    "iou_untrained": "IoU, untrained network",
    "iou_absent": "IoU, absent component's map",
    "blind": "part in a blind window",
    "noisy": "rank correlation with a noisier spectrum's map",
}
