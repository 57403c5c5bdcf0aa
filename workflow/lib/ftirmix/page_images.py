"""What a page holds of map files: their images, and which of its spectra are which pixels."""

from typing import Any

import numpy as np

from ftirmix.identification.pixels import PixelImage, legend_of

NO_PIXEL = -1


def pixels_of(images: list[PixelImage], file: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Find which pixel each spectrum is.

    Args:
        images: as the page shows them.
        file: of each spectrum, shape (spectrum,).
        x: position across, NaN where there is none, same shape.
        y: position down, same shape.

    Returns:
        Place of the image and place in it, both ``NO_PIXEL`` for what is on none, shape (spectrum, 2).
    """
    found = np.full((len(file), 2), NO_PIXEL)
    for number, image in enumerate(images):
        rows = np.flatnonzero(file == image.file)
        place = image.place_of(x[rows], y[rows]) if image.code.size else np.full(len(rows), NO_PIXEL)
        found[rows[place >= 0]] = np.column_stack([np.full((place >= 0).sum(), number), place[place >= 0]])
    return found


def image_arrays(images: list[PixelImage], pixel: np.ndarray) -> dict[str, np.ndarray]:
    """Lay out the pixels of all images one behind the other, and the spectra that are pixels."""
    code = [image.code.ravel() for image in images]
    answer = [image.answer.ravel() for image in images]
    row = np.flatnonzero(pixel[:, 0] != NO_PIXEL)
    return {
        "image_code": np.concatenate([np.empty(0, np.uint8), *code]),
        "image_answer": np.concatenate([np.empty(0, np.uint16), *answer]),
        "pixel_row": row.astype(np.uint32),
        "pixel_image": pixel[row, 0].astype(np.uint16),
        "pixel_place": pixel[row, 1].astype(np.uint32),
    }


def image_facts(images: list[PixelImage], components: list[str]) -> dict[str, Any]:
    """Describe the images: where their pixels begin in the arrays, how large they are, what is counted in them."""
    first = np.cumsum([0, *(image.code.size for image in images)])
    described = [
        {
            "file": image.file, "first": int(start), "lines": image.code.shape[0], "samples": image.code.shape[1],
            "size": list(image.size), "every": image.every, "origin": list(image.origin), "step": list(image.step),
            "counts": [int(count) for count in image.counts], "texts": image.texts,
        }
        for image, start in zip(images, first, strict=False)
    ]  # fmt: skip
    return {"legend": legend_of(components), "images": described}
