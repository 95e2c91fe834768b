"""The routes, each with who may call it; which row they are about stands in the views."""

from django.urls import path
from notes.views import NotesView, NoteView

from watchword.django import required

urlpatterns = [
    path("notes", required(NotesView.as_view())),
    path("notes/<str:id>", required(NoteView.as_view())),
]
