"""Views of the REST framework under the policy.

Source: access.md 4.3, S7, G1 to G5; encode/django-rest-framework 1103, 6082, 3220, 7446.
"""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import include, path
from rest_framework import generics, permissions, serializers, views, viewsets
from rest_framework.decorators import action, api_view, authentication_classes, permission_classes
from rest_framework.response import Response
from rest_framework.routers import APIRootView, DefaultRouter
from tests.access.example import notes
from tests.django_site.models import Note

from watchword.access import Policy
from watchword.django import BearerAuthentication, PolicyFilter, PolicyPermission
from watchword.guards.django.guard import current


class NoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Note
        fields = ("id", "owner", "text", "shared_role")
        extra_kwargs = {"owner": {"required": False}}


class NoteViewSet(viewsets.ModelViewSet):
    queryset, serializer_class = Note.objects.order_by("id"), NoteSerializer
    authentication_classes = (BearerAuthentication,)
    permission_classes, filter_backends = (PolicyPermission,), (PolicyFilter,)
    policy_actions = {"shout": "update"}

    @action(detail=True, methods=["post"])
    def shout(self, request, pk):
        note = self.get_object()
        note.text = note.text.upper()
        note.save()
        return Response({"text": note.text})

    @action(detail=True, methods=["post"])
    def whisper(self, request, pk):
        raise AssertionError("not declared")


class OwnNotes(NoteViewSet):
    """Sets the owner by itself."""

    def perform_create(self, serializer):
        serializer.save(owner=self.request.subject.id)


class Several(NoteViewSet):
    """Takes a list of notes."""

    def get_serializer(self, *args, **kwargs):
        return super().get_serializer(*args, **kwargs, many=isinstance(kwargs.get("data"), list))


class Root(APIRootView):
    authentication_classes = (BearerAuthentication,)
    permission_classes = (PolicyPermission,)


class Router(DefaultRouter):
    APIRootView = Root


def routed(*views_) -> object:
    router = Router()
    for name, view in views_:
        router.register(name, view, basename=name)
    return path("", include(router.urls))


@pytest.fixture
def http(site, three):
    with site(routed(("notes", NoteViewSet), ("own", OwnNotes), ("several", Several))) as client:
        client.raise_request_exception = True
        yield client


def send(http, method, where, header, body=None):
    text = None if body is None else json.dumps(body)
    kind = {} if text is None else {"data": text, "content_type": "application/json"}
    return getattr(http, method)(where, headers=header, **kind)


def code(answer) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return json.loads(answer.content)["code"]


@pytest.mark.requirement("guards:django:rest")
@pytest.mark.requirement("access:G5:list-equals-reads")
def test_a_list_is_what_may_be_read(http, as_):
    for who, roles, seen in (
        ("bo", (), [1, 3]),
        ("cy", (), [2, 3]),
        ("ana", ("admin",), [1, 2, 3]),
    ):
        listed = send(http, "get", "/notes/", as_(who, *roles)).json()
        assert [row["id"] for row in listed] == seen
        for number in (1, 2, 3):
            answer = send(http, "get", f"/notes/{number}/", as_(who, *roles))
            assert (answer.status_code == 200) is (number in seen)
    assert code(send(http, "get", "/notes/", {})) == "token_missing"
    assert send(http, "options", "/notes/", as_("bo")).status_code == 200
    assert send(http, "get", "/", as_("bo")).status_code == 200
    assert send(http, "get", "/", {}).status_code == 401


@pytest.mark.requirement("guards:django:rest")
@pytest.mark.requirement("access:G1:hidden-looks-absent")
def test_absent_equals_hidden_and_readable_is_403(http, as_):
    body = {"owner": "bo", "text": "x"}
    for method in ("get", "put", "patch", "delete"):
        sent = None if method == "get" else body
        hidden = send(http, method, "/notes/2/", as_("bo"), sent)
        absent = send(http, method, "/notes/99/", as_("bo"), sent)
        assert code(hidden) == code(absent) == "not_found"
        assert hidden.content == absent.content
    assert code(send(http, "put", "/notes/3/", as_("bo"), body)) == "not_allowed"
    assert code(send(http, "delete", "/notes/3/", as_("bo"))) == "not_allowed"
    assert send(http, "delete", "/notes/1/", as_("bo")).status_code == 204


@pytest.mark.requirement("guards:django:rest")
@pytest.mark.requirement("access:S7:create-is-checked")
def test_a_proposed_row_is_judged(http, as_):
    mine = send(http, "post", "/notes/", as_("bo"), {"owner": "bo", "text": "new"})
    assert mine.status_code == 201
    theirs = send(http, "post", "/notes/", as_("bo"), {"owner": "cy", "text": "new"})
    assert code(theirs) == "not_allowed"
    assert Note.objects.count() == 4
    own = send(http, "post", "/own/", as_("bo"), {"owner": "cy", "text": "new"})
    assert own.json()["owner"] == "bo"
    both = [{"owner": "bo", "text": "1"}, {"owner": "cy", "text": "2"}]
    assert code(send(http, "post", "/several/", as_("bo"), both)) == "not_allowed"
    assert Note.objects.count() == 5
    assert send(http, "post", "/several/", as_("bo"), both[:1]).status_code == 201


@pytest.mark.requirement("guards:django:rest")
@pytest.mark.requirement("access:S7:result-is-checked")
def test_a_changed_row_is_judged_before_and_after(http, as_):
    """A partial update as well (encode/django-rest-framework 3220)."""
    given = send(http, "patch", "/notes/1/", as_("bo"), {"owner": "cy"})
    assert code(given) == "not_allowed"
    taken = send(http, "put", "/notes/2/", as_("bo"), {"owner": "bo", "text": "mine now"})
    assert code(taken) == "not_found"
    assert [row.owner for row in Note.objects.order_by("id")] == ["bo", "cy", "cy"]
    kept = send(http, "patch", "/notes/1/", as_("bo"), {"text": "changed"})
    assert kept.json()["text"] == "changed"


@pytest.mark.requirement("access:S7:fields")
def test_fields_that_no_rule_covers_are_refused(site, three, as_):
    policy = Policy()

    @policy.allow("read", "update", "create", on=Note, fields={"owner", "text"})
    def owner(me, note):
        """What is yours is yours."""
        return note.owner == me.id

    with site(routed(("notes", NoteViewSet)), POLICY=policy) as http:
        same = {"owner": "bo", "text": "changed", "shared_role": None}
        assert send(http, "put", "/notes/1/", as_("bo"), same).status_code == 200
        shared = same | {"shared_role": "user"}
        assert code(send(http, "put", "/notes/1/", as_("bo"), shared)) == "not_allowed"
        assert code(send(http, "post", "/notes/", as_("bo"), shared)) == "not_allowed"
        assert send(http, "post", "/notes/", as_("bo"), same).status_code == 201
    assert Note.objects.filter(shared_role="user").count() == 1


@pytest.mark.requirement("guards:django:rest")
def test_an_action_of_a_view_set_is_an_action_of_the_policy(http, as_):
    assert send(http, "post", "/notes/1/shout/", as_("bo")).json() == {"text": "ONE"}
    assert code(send(http, "post", "/notes/3/shout/", as_("bo"))) == "not_allowed"
    with pytest.raises(ImproperlyConfigured, match="no action 'whisper'"):
        send(http, "post", "/notes/1/whisper/", as_("bo"))


@pytest.mark.requirement("access:G2:refused-before-loading")
def test_what_no_row_can_change_is_refused_before_a_row_is_loaded(site, three, as_):
    people_policy = Policy(scopes={"notes:read": ["read"], "notes:write": ["create", "update"]})

    @people_policy.allow("*", on=Note)
    def anyone(_me):
        """Anyone."""
        return True

    with site(routed(("notes", NoteViewSet)), POLICY=people_policy) as http:
        for number in (1, 99):
            answer = send(http, "patch", f"/notes/{number}/", as_("bo"), {"text": "x"})
            assert code(answer) == "insufficient_scope"
            assert 'scope="notes:write"' in answer.headers["WWW-Authenticate"]


class Generic(generics.RetrieveUpdateAPIView):
    serializer_class = NoteSerializer
    authentication_classes = (BearerAuthentication,)
    permission_classes, filter_backends = (PolicyPermission,), (PolicyFilter,)
    lookup_url_kwarg = "number"

    def get_queryset(self):
        return Note.objects.all()


class Plain(views.APIView):
    authentication_classes = (BearerAuthentication,)
    permission_classes = (PolicyPermission,)

    def get(self, request):
        raise Http404


def test_generic_views_are_guarded_alike_and_plain_ones_need_a_queryset(site, three, as_):
    with site(
        path("notes/<int:number>", Generic.as_view()), path("plain", Plain.as_view())
    ) as http:
        assert send(http, "get", "/notes/1", as_("bo")).status_code == 200
        assert send(http, "get", "/notes/2", as_("bo")).status_code == 404
        assert send(http, "put", "/notes/3", as_("bo"), {"text": "x"}).status_code == 403
        assert send(http, "post", "/notes/1", as_("bo"), {}).status_code == 405
        http.raise_request_exception = True
        with pytest.raises(ImproperlyConfigured, match="Plain has no queryset"):
            send(http, "get", "/plain", as_("bo"))


class ByQuery(Generic):
    """Finds its row without a key in the path, so that its model is not asked about first."""

    def get_object(self):
        note = get_object_or_404(Note, id=self.request.GET["id"])
        self.check_object_permissions(self.request, note)
        return note


@pytest.mark.requirement("access:G1:hidden-looks-absent")
def test_a_view_that_finds_its_row_itself_answers_absent_as_hidden(site, three, as_):
    """With a token that does not reach the action both are refused before the row matters."""
    policies = notes(Note, scopes={"notes:write": ["update"]}), notes(Note)
    for people, refusal in zip(policies, ("not_allowed", "not_found"), strict=True):
        with site(path("note", ByQuery.as_view()), POLICY=people.policy) as http:
            hidden, absent = (send(http, "get", f"/note?id={n}", as_("bo")) for n in (2, 99))
            assert code(hidden) == code(absent) == refusal
            assert hidden.status_code == absent.status_code


@pytest.mark.requirement("security:80:bare-route")
def test_a_view_of_the_framework_declares_by_its_classes(site):
    @api_view(["GET"])
    def silent(request):
        return Response()

    @api_view(["GET"])
    @authentication_classes([BearerAuthentication])
    @permission_classes([permissions.IsAuthenticated])
    def closed(request):
        return Response({"pk": request.user.pk, "name": str(request.user)})

    class Mixed(Plain):
        authentication_classes = (BearerAuthentication, views.APIView.authentication_classes[0])

    routes = (
        path("silent", silent),
        path("closed", closed),
        path("plain", Plain.as_view()),
        path("mixed", Mixed.as_view()),
        path("opened", Plain.as_view(permission_classes=[permissions.AllowAny])),
        routed(("notes", NoteViewSet)),
    )
    with site(*routes):
        listed = {route.path: (route.methods, route.access) for route in current().routes()}
    assert listed["/silent"][1] == listed["/mixed"][1] == listed["/opened"][1] == ""
    assert listed["/closed"] == ("GET,OPTIONS", "IsAuthenticated")
    assert listed["/plain"] == ("GET,OPTIONS", "PolicyPermission")
    assert listed["/^notes/$"] == ("GET,POST", "PolicyPermission")


def test_the_person_of_a_token_is_djangos_user_to_the_framework(site, three, as_):
    seen = []

    @api_view(["GET"])
    @authentication_classes([BearerAuthentication])
    @permission_classes([permissions.IsAuthenticated])
    def closed(request):
        user, note = request.user, Note.objects.get(id=1)
        seen.append((user.pk, str(user), user.is_staff, request.auth.user.name))
        assert user.has_perm("site.update", note)
        assert not user.has_perms(["site.update", "site.shred"], note)
        return Response()

    with site(path("closed", closed)) as http:
        assert send(http, "get", "/closed", as_("bo")).status_code == 200
        refused = send(http, "get", "/closed", {})
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith('Bearer realm="notes"')
    assert seen == [("bo", "alice", False, "alice")]
