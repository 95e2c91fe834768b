"""Five handlers, each about one row, the rows that may be read, or one that is to be."""

from django.http import HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View

from notes.bodies import NoteChange, NoteDraft, NoteShown, sent
from notes.models import Note
from notes.policy import policy
from watchword.django import GuardedRequest, may

__all__ = ["NoteView", "NotesView"]


def shown(note: Note) -> dict[str, object]:
    return NoteShown.model_validate(note).model_dump()


class NotesView(View):
    def get(self, request: GuardedRequest) -> JsonResponse:
        notes = Note.objects.for_(request.subject, "read").order_by("id")
        return JsonResponse([shown(note) for note in notes], safe=False)

    def post(self, request: GuardedRequest) -> JsonResponse:
        draft = sent(request, NoteDraft)
        written = draft.model_dump() | {"owner": draft.owner or request.subject.id}
        note = policy.require(request.subject, "create", Note(**written), request.circumstances)
        note.save()
        return JsonResponse(shown(note), status=201)


class NoteView(View):
    @method_decorator(may("read", Note))
    def get(self, _request: GuardedRequest, note: Note) -> JsonResponse:
        return JsonResponse(shown(note))

    @method_decorator(may("update", Note))
    def put(self, request: GuardedRequest, note: Note) -> JsonResponse:
        change = sent(request, NoteChange).model_dump()
        policy.change(request.subject, "update", note, request.circumstances, **change)
        note.save()
        return JsonResponse(shown(note))

    @method_decorator(may("delete", Note))
    def delete(self, _request: GuardedRequest, note: Note) -> HttpResponse:
        note.delete()
        return HttpResponse(status=204)
