"""Lists of objects that no API server would write."""

from certgate.observe.kubernetes.live.api import ApiServer
from certgate.observe.kubernetes.live.kubeconfig import find_login
from certgate.observe.kubernetes.live.listing import Listing
from tests.observe.kubernetes.live.api_server import FakeApi, kubeconfig, serving


def test_an_object_whose_name_is_no_text_is_handed_on_like_any_other(tmp_path):
    api = FakeApi()
    odd, plain = {"metadata": {"name": []}}, {"metadata": {"name": "web", "namespace": "shop"}}
    api.objects["api/v1/secrets"] = [odd, plain]
    with serving(api) as url:
        (tmp_path / "config").write_text(kubeconfig(url))
        server = ApiServer(find_login(kubeconfig=str(tmp_path / "config"), environ={}))
        found = list(Listing(server).objects("Secret", ""))
    assert [one["metadata"] for one in found] == [odd["metadata"], plain["metadata"]]
