package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "unsafe" // for go:linkname

	kine "github.com/k3s-io/kine/pkg/app"
	"github.com/k3s-io/kine/pkg/endpoint"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/component-base/cli"
	logs "k8s.io/component-base/logs/api/v1"
)

// k3sShape is a cluster of the shape that K3s has: all programs in one process, with kine over SQLite in the place of etcd. The programs start in the order given, those after
// the API server once it answers; the process ends with the first of them that does.
//
//	kube k3s-shape kine [ARGUMENT]... -- kube-apiserver [ARGUMENT]... -- PROGRAM --kubeconfig=FILE [ARGUMENT]... -- ...
func k3sShape() *cobra.Command {
	return &cobra.Command{Use: "k3s-shape", DisableFlagParsing: true, RunE: func(_ *cobra.Command, arguments []string) error {
		groups := split(arguments)
		if len(groups) < 3 || groups[0][0] != "kine" || groups[1][0] != "kube-apiserver" {
			return errors.New("usage: k3s-shape kine [ARGUMENT]... -- kube-apiserver [ARGUMENT]... -- PROGRAM --kubeconfig=FILE [ARGUMENT]... -- ...")
		}
		// Each program sets up the log of the process; they agree on how.
		logs.ReapplyHandling = logs.ReapplyHandlingIgnoreUnchanged
		if _, err := endpoint.Listen(context.Background(), kine.Config(groups[0][1:])); err != nil {
			return fmt.Errorf("kine: %w", err)
		}
		commands, err := commandsOf(groups[1:])
		if err != nil {
			return err
		}
		ended := make(chan error, len(commands))
		if err := start(commands[0], ended); err != nil {
			return err
		}
		if err := awaitAPI(groups[2]); err != nil {
			return err
		}
		for _, command := range commands[1:] {
			if err := start(command, ended); err != nil {
				return err
			}
		}
		return <-ended
	}}
}

// commandsOf makes that of the controllers first: it sets the default of a feature, which is possible only while no program has flags for features.
func commandsOf(groups [][]string) ([]*cobra.Command, error) {
	controllers := programs["kube-controller-manager"]()
	var commands []*cobra.Command
	for _, group := range groups {
		create, known := programs[group[0]]
		if !known {
			return nil, fmt.Errorf("there is no program %s", group[0])
		}
		command := controllers
		if group[0] != controllers.Name() {
			command = create()
		}
		command.SetArgs(group[1:])
		commands = append(commands, command)
	}
	return commands, nil
}

func split(arguments []string) [][]string {
	groups := [][]string{{}}
	for _, argument := range arguments {
		last := len(groups) - 1
		if argument == "--" {
			groups = append(groups, []string{})
		} else {
			groups[last] = append(groups[last], argument)
		}
	}
	return slices.DeleteFunc(groups, func(group []string) bool { return len(group) == 0 })
}

// Closed once a program waits for the signals that end it. Upstream that may happen once in a process; K3s has a Kubernetes of its own that does without.
//
//go:linkname signalsTaken k8s.io/apiserver/pkg/server.onlyOneSignalHandler
var signalsTaken chan struct{}

// When they run; the API server does before.
var takesSignals = []string{"kube-scheduler", "kubelet"}

// start returns when the next program may be started.
func start(command *cobra.Command, ended chan error) error {
	signalsTaken = make(chan struct{})
	go func() {
		ended <- fmt.Errorf("%s has ended: %v", command.Name(), cli.RunNoErrOutput(command))
	}()
	if !slices.Contains(takesSignals, command.Name()) {
		return nil
	}
	select {
	case <-signalsTaken:
		return nil
	case err := <-ended:
		return err
	}
}

// awaitAPI asks as the given program would.
func awaitAPI(group []string) error {
	var file string
	for _, argument := range group {
		if value, found := strings.CutPrefix(argument, "--kubeconfig="); found {
			file = value
		}
	}
	config, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	err = wait.PollUntilContextTimeout(context.Background(), 200*time.Millisecond, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() == nil, nil
	})
	if err != nil {
		return fmt.Errorf("the API server does not get ready: %w", err)
	}
	return nil
}
