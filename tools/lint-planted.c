/* Faults that the analyzers must find, so that a clean report says something: see tools/lint. */
#include <stdlib.h>

int planted_null(int *number, int choice);
int planted_leak(int choice);
int planted_use_after_free(int value);
int planted_uninitialized(int choice);
int planted_repetition(int value);

/* core.NullDereference */
int planted_null(int *number, int choice)
{
    if (choice > 2) number = NULL;
    return *number;
}

/* unix.Malloc: a leak on one path, and memory used after its end. */
int planted_leak(int choice)
{
    char *memory = malloc(10);
    if (!memory || choice) return 1;
    free(memory);
    return 0;
}

int planted_use_after_free(int value)
{
    int *memory = malloc(sizeof *memory);
    if (!memory) return 0;
    *memory = value;
    free(memory);
    return *memory;
}

static void set_if_large(int value, int *out)
{
    if (value > 3) *out = value;
}

/* core.UndefinedBinaryOperatorResult: only who looks through the call can see it. */
int planted_uninitialized(int choice)
{
    int value;
    set_if_large(choice, &value);
    return value + 1;
}

/* misc-redundant-expression */
int planted_repetition(int value)
{
    return value > 1 && value > 1;
}
