"""Words of this room: what was handed in, and what it may be."""

from collections.abc import Mapping

from i18n.messages import N_

MEDIA: Mapping[str, str] = {"jpeg": N_("Photo (JPEG)"), "png": N_("Image (PNG)"), "pdf": N_("PDF")}
