"""Spec × catalogue → Plan. Pure: the same inputs give the same bytes, and nothing here touches the machine."""
