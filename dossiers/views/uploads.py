"""Files are refused while they arrive, before they fill the disk: Django bounds the rest of a form alone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class Bounded(FileUploadHandler):
    """First of the handlers: counts all files of one request, and passes their bytes on.

    RequestDataTooBig past settings.UPLOAD_MOST_BYTES, which every page answers with 400 and a word.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.taken = 0

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: bytes, encoding: str | None = None
    ) -> None:
        self._refuse_past(content_length)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.taken += len(raw_data)
        self._refuse_past(self.taken)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    @staticmethod
    def _refuse_past(size: int) -> None:
        if size > settings.UPLOAD_MOST_BYTES:
            raise RequestDataTooBig(f"more than {settings.UPLOAD_MOST_BYTES} bytes of files")
