"""This installation's access to the predictor that stands in at the sandbox."""

from __future__ import annotations

from apiclient.sandbox import Sandbox, ipaustralia

SPECIFICATION = "【発明の名称】架空の蓄電装置\nリチウムイオン二次電池の正極、負極および電解液を備える。" * 20


def configure(settings, office: Sandbox) -> None:
    """Settings as the demo has them."""
    settings.IPAU_BASE_URL = office.url
    settings.IPAU_PREDICT_PATH = ipaustralia.PREDICT_PATH
    settings.IPAU_TOKEN_URL = office.url + ipaustralia.TOKEN_PATH
    settings.IPAU_CLIENT_ID, settings.IPAU_CLIENT_SECRET = ipaustralia.CLIENT_ID, ipaustralia.CLIENT_SECRET
    settings.IPAU_TEXT_FIELD, settings.IPAU_SYMBOLS_FIELD = ipaustralia.TEXT, ipaustralia.SYMBOLS
    settings.IPAU_SYMBOL_FIELD, settings.IPAU_SCORE_FIELD = ipaustralia.SYMBOL, ipaustralia.SCORE
    settings.IPAU_LABEL_FIELD = ipaustralia.NAME
