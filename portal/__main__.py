"""`python -m portal …`: the processes of a cell and the tools of its operator."""

from portal.commands import main

if __name__ == "__main__":
    main()
