"""Who answers a prompt: a server that speaks OpenAI's protocol, a model in this process, or a script."""

from __future__ import annotations

from holdfast.backends.chats.chat import Answer, Chat, ChatRequest, Failed, Message, Parameters, Trouble

__all__ = ["Answer", "Chat", "ChatRequest", "Failed", "Message", "Parameters", "Trouble"]
